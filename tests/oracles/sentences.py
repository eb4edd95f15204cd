"""A sentence in each of many languages, with the accents that it has."""

from __future__ import annotations

TEXTS = {
    "English": "The café wasn’t open – for £5 we had a look at the naïve façade, and that was it.",
    "German": "Für die Brücke über den Fluß ist noch nicht genügend Geld da, sagte der Bürgermeister.",
    "French": "Ce n’est pas l’été où nous étions à la plage, mais les élèves ont déjà mangé.",
    "Spanish": "El señor Muñoz también dice que no sabe si está aquí, pero mañana será otro día.",
    "Portuguese": "Não é só isso: as crianças também já estão na praça, e você não tem razão.",
    "Swedish": "Det är inte så lätt att förstå varför han har gått från det här stället på ön.",
    "Polish": "Nie wiem, czy się to uda, bo są także inne powody, które jeszcze nie były znane, i śnieg.",
    "Czech": "Já jsem to neviděl, protože když jsme byli doma, tak se už nic nedělo, ale přišli další.",
    "Hungarian": "Ez nem az a ház, amelyet láttunk, mert az sokkal szebb volt, és még a kertje is nagyobb.",
    "Russian": "Это не тот дом, который мы видели, потому что он был выше и у него была другая крыша.",
    "Ukrainian": "Це не той дім, який ми бачили, тому що він був вищий, і в нього була інша стріха.",
    "Greek": "Δεν είναι αυτό που θα ήθελα να πω για την Ελλάδα, αλλά και αυτό είναι σωστό.",
    "Turkish": "Bu şehir için çok güzel bir gün ve değil mi, ama sonra her şey değişti.",
}
