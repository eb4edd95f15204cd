"""The little words of the languages that are told apart, the most frequent ones first.

They are what every text has, whatever it is about: articles, pronouns, prepositions, auxiliaries. So they tell the
language, and the encoding of a text that does not name it; and they say nothing about the topic, so they are left out.
"""

from __future__ import annotations

FUNCTION_WORDS: dict[str, tuple[str, ...]] = {
    language: tuple(words.split())
    for language, words in {
        "English": """
            the of and to in a is that it was for on are with as be at this have from or had by not but what all were
            we when your can said there an each which she do how their if will up other about out many then them these
            so some her would him into has more two no could my than been who its now did may over only very after
            also he his i you they me our us am any because before being between both did does doing down during few
            further having here hers himself itself just most nor off once own same should such through too under until
            where while whom why yours myself themselves ours against again above below however though upon since
            without within another every yet might must shall let s t don didn doesn isn wasn won wouldn couldn
            shouldn hasn haven aren weren hadn ll re ve m d it's don't doesn't didn't isn't wasn't can't won't i'm
            i've i'd we're they're you're that's there's he's she's what's let's cannot much even still""",
        "German": """
            der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er
            hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor
            zur bis mehr durch man sein wurde sei prozent hatte kann gegen vom können schon wenn habe seine ihre dann
            unter wir soll ich eines jahr zwei diese dieser wieder keine seiner worden will zwischen immer was sagte
            gibt alle diesem seit wurden beim doch jetzt ihr mir mich dich dir uns euch ihm ihn ihnen ihren ihrer
            seinen seinem kein keinen muss müssen sehr hier dort da weil ob ohne waren wäre würde würden dieses
            diesen welche welcher selbst etwa jedoch damit dabei dazu du bin bist mein meine dein unser
            nun also denn""",
        "French": """
            de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec son
            ont mais comme on ou si leur y dont elle aux cette d l qu n s c j m t nous vous ils elles je tu me te lui
            moi toi sa ses mon ma mes ton ta tes notre nos votre vos leurs été être avoir fait faire était avait ces
            cet tout tous toute toutes sans sous entre aussi bien encore très peut peuvent deux même après avant
            depuis où alors donc ainsi là ici quand quel quelle ni car chez vers peu trop non oui sera serait étaient
            avaient ai as es suis sommes êtes avons avez soit puis dès lors celui celle ceux cela ça
            rien autre autres""",
        "Spanish": """
            de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin
            sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está mi porque
            qué sólo han yo hay vez puede todos así nos ni parte tiene él uno donde bien tiempo mismo ese ahora otro
            después te otros aunque esa eso hace otra gobierno tan durante siempre e sí ella les ellos estos sea
            ante contra mucho quien nada estado hacer era están tienen fueron sido esto estas nosotros tu tus mis
            unos unas cual algo algunos antes eran ese cada además tenía según solo""",
        "Italian": """
            di e il la che in a per un del è non i le si una con da della sono al lo dei più come nel alla ma ha o
            delle dal su se gli anche ci questo essere degli ed io mi ti lui lei noi voi loro suo sua suoi sue mio mia
            tuo tua nostro vostro era erano stato stata stati state fatto fare ho hai abbiamo hanno aveva avevano
            questa questi queste quello quella quelli quelle cui dove quando perché così ancora già dopo prima tra fra
            molto tutto tutti tutte ogni altro altri altra sempre poi solo qui senza contro chi cosa nella nei nelle
            negli sul sulla sui sulle dalla dai dalle dagli agli alle ai dello allo nello né l c un' dell' all'""",
        "Portuguese": """
            de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu
            sua ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era depois sem mesmo aos
            ter seus quem nas me esse eles estão você tinha foram essa num nem suas meu às minha têm numa pelos elas
            havia seja qual será nós tenho lhe deles essas esses pelas este fosse dele tu te vocês vos lhes meus
            minhas teu tua nosso nossa dela esta estes estas aquele aquela isto aquilo estou ainda sobre contra são
            então onde porque cada outro outra outros sempre todos todas""",
        "Dutch": """
            de van een het en in is dat op te zijn voor met die niet aan er om ook als dan maar bij of uit nog worden
            door naar heeft tot ze wordt over hij zo ik we deze was je meer al kan geen hebben wel zich hun men haar
            hem mijn ons onze jij jullie u uw zij werd werden had hadden zal zou zouden kunnen moet moeten wat wie
            waar toen nu hier daar omdat onder tegen tussen veel na sinds zonder andere alle dit ben bent heb hebt
            mij me toch iets niets elke alleen zoals""",
        "Swedish": """
            och i att det som en på är av för med den till har de inte om ett han men var jag sig från vi så kan när
            man hon nu under eller också efter alla vid mot skulle blev ut hade där ska mycket sin över vad här kommer
            bara två sedan denna detta dig mig oss er dem hans hennes deras min din vår utan mellan varit vara blir
            någon något några ingen inget ju upp in än då sitt sina andra även""",
        "Danish": """
            og i at det er en til på som med for den de af ikke der har et han jeg men om var sig fra vi så kan når
            hun nu også eller efter alle ved mod skulle blev ud havde hvor skal meget sin over hvad her kommer bare
            to siden denne dette dig mig os jer dem hans hendes deres min din vores uden mellem været være bliver
            nogen noget nogle ingen intet jo op ind end da sit sine andre kun mere ville vil""",
        "Norwegian": """
            og i det er en til på som med for den de av ikke der har et han jeg men om var seg fra vi så kan når hun
            nå også eller etter alle ved mot skulle ble ut hadde hvor skal mye sin over hva her kommer bare to siden
            denne dette deg meg oss dere dem hans hennes deres min din vår uten mellom vært være blir noen noe ingen
            jo opp inn enn da sitt sine andre kun mer ville vil ikkje eg""",
        "Finnish": """
            ja on ei se että oli hän en mutta ovat kun kuin niin ole joka myös sen tai jos minä sinä me te he tämä tuo
            nämä nuo mikä kuka jotka mitä siitä sitä olla olen olet olemme olisi olivat ollut vain vielä jo nyt sitten
            siellä täällä kanssa mukaan jälkeen ennen kuten koska eli sekä kaikki hänen minun sinun heidän niiden tämän
            jonka jossa josta eivät emme ette voi voivat pitää hyvin mukaan vaan""",
        "Polish": """
            i w na z się nie że do to o jest jak za od po przez dla co tak ale czy jego tym ma być są który która
            które ich już tylko był było była może bardzo pod przed ze oraz także lub nad bez przy jej go mu mnie ja
            ty on ona my wy oni mi ci nas was sobie siebie te ta ten tych tego tej gdy kiedy gdzie więc jednak aby
            by jeszcze nawet będzie został została nim nich""",
        "Czech": """
            a se v na je že s z do o i to jako za by ale od pro po jsem jsou k ve si který která které tak podle však
            než jeho byl byla bylo být není jen ještě také nebo už před při až mezi bez pod jejich co kdy kde když
            protože aby já ty on ona my vy oni mi mě nás vás jej ji tím tom této toto tento tato tyto může má měl
            jsme jste""",
        "Hungarian": """
            a az és hogy nem is ez egy van volt meg de csak el még már ha mint ki be azt mert vagy le fel itt ott
            ezt én te ő mi ti ők nagyon kell lesz lehet lett voltak vannak sem nincs minden akkor most amely amelyet
            aki ami amikor ahol után előtt között alatt szerint által volna így úgy pedig majd során""",
        "Romanian": """
            de și în a la cu pe nu care se din o un este că mai pentru ce au fost sunt ca dar sau prin după lui ei
            lor am ai are fi era această acest aceasta acestea cel cea cei cele unei unui însă fără până între sub
            doar foarte tot toate când unde cum dacă noi voi eu tu el ea iar spre decât către despre ale al""",
        "Turkish": """
            ve bir bu da de için ile çok ne gibi daha en o var mı mi mu ama kadar olarak olan ben sen biz siz onlar
            sonra önce her şey değil ya ki diye göre ise veya hem bana sana ona bizi beni seni onu nasıl neden niçin
            nerede şu böyle şöyle hiç bazı tüm oldu olduğu olduğunu ancak yok ın iki üzerinde arasında""",
        "Russian": """
            и в не на я быть он с что а по это она этот к но они мы весь который из у то за свой как от так о для ты
            же все год её только бы его до или если когда уже вы нет был была было были их чтобы есть под при даже
            без где после над через между тоже также потому этого этой этом эти тем чем кто мне меня нас вас им ей
            ему них него нее себя себе там здесь очень может ещё еще сам того""",
        "Ukrainian": """
            і в не на я бути він з що а по це вона цей до але вони ми весь який із у то за свій як від так про для ти
            ж все рік її тільки б його або якщо коли вже ви немає був була було були їх щоб є під при навіть без де
            після над через між теж також тому цього цієї ці тим чим хто мені мене нас вас їм їй йому них себе там
            тут дуже може ще та""",
        "Greek": """
            και το να του η της με που την από για τα είναι των σε ο οι στο θα τη στην τον τους δεν τις ένα μια ότι ή
            στη στα μας αλλά κατά ως αυτό μετά πολύ όπως σας μου σου πως αν ήταν έχει έχουν όταν γιατί μόνο αυτή αυτός
            μέχρι μεταξύ χωρίς πριν πιο εγώ εσύ εμείς εσείς κάθε όλα όλες όλοι μπορεί ενώ""",
    }.items()
}

# What reports and announcements say whatever they are about; it tells no language, and no topic.
EMPTY_WORDS: dict[str, tuple[str, ...]] = {
    "English": tuple("said says say told mr mrs ms per cent percent pm".split()),
    "German": tuple("sagt sagte sagten prozent uhr herr frau".split()),
    "French": tuple("dit disent mme mm pourcent heures".split()),
    "Spanish": tuple("dijo dice señor señora".split()),
    "Italian": tuple("detto dice signor signora".split()),
}

# The scripts that tell a language, or a family of them, by themselves: ranges of code points.
SCRIPTS: tuple[tuple[str, int, int], ...] = (
    ("Japanese", 0x3040, 0x30FF),
    ("Korean", 0xAC00, 0xD7AF),
    ("Chinese", 0x4E00, 0x9FFF),
    ("Arabic", 0x0600, 0x06FF),
    ("Hebrew", 0x0590, 0x05FF),
    ("Hindi", 0x0900, 0x097F),
    ("Thai", 0x0E00, 0x0E7F),
    ("Greek", 0x0370, 0x03FF),
)
