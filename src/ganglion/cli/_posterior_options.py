"""The options of `ganglion cluster --method bayes`."""

from __future__ import annotations

import click

from ._options import together
from ._posterior_model import COMPONENTS, PRIORS

bayes_options = together(
    click.option(
        "--prior",
        type=click.Choice(PRIORS),
        default="dp",
        show_default=True,
        help="Of --method bayes, over partitions: Dirichlet process, Pitman-Yor process, mixture of finite mixtures.",
    ),
    click.option(
        "--concentration",
        type=click.FloatRange(min=0, min_open=True),
        default=None,
        metavar="A",
        help="Of dp and py; drawn along with the partitions by default.",
    ),
    click.option(
        "--discount",
        type=click.FloatRange(min=0, max=1, max_open=True),
        default=None,
        metavar="D",
        help="Of py; drawn along by default.",
    ),
    click.option(
        "--gamma",
        type=click.FloatRange(min=0, min_open=True),
        default=None,
        metavar="G",
        help="Of mfm; 1 by default.",
    ),
    click.option(
        "--component",
        type=click.Choice(COMPONENTS),
        default="auto",
        metavar="NAME",
        show_default=True,
        help="What the rows of a cluster are: normal, diagonal, multinomial, bernoulli, poisson, categorical or mixed; "
        "auto goes by the columns. All but normal leave missing cells out of account, one by one.",
    ),
    click.option(
        "--draws",
        type=click.IntRange(min=1),
        default=1000,
        show_default=True,
        help="Partitions that each chain keeps.",
    ),
    click.option(
        "--burn-in",
        type=click.IntRange(min=0),
        default=500,
        show_default=True,
        help="Sweeps of each chain before the first.",
    ),
    click.option(
        "--chains",
        type=click.IntRange(min=1, max=64),
        default=4,
        show_default=True,
        help="Chains, from different starts; they must agree.",
    ),
    click.option(
        "--thin",
        type=click.IntRange(min=1),
        default=1,
        show_default=True,
        help="Sweeps from one kept partition to the next.",
    ),
    click.option(
        "--loss",
        type=click.Choice(["vi", "binder"]),
        default="vi",
        show_default=True,
        help="What the partition that is shown minimises: variation of information, or Binder's loss.",
    ),
    click.option(
        "--algorithm",
        type=click.Choice(["auto", "gibbs", "hybrid", "subcluster", "variational"]),
        default="auto",
        metavar="NAME",
        show_default=True,
        help="gibbs and hybrid are exact (auto is one of them, by the number of rows); subcluster and variational are "
        "quick and approximate.",
    ),
    click.option(
        "--time-budget",
        type=click.FloatRange(min=0, min_open=True),
        default=None,
        metavar="SECONDS",
        help="End the chains after so long, with what they have.",
    ),
    click.option(
        "--checkpoint",
        type=click.Path(dir_okay=False),
        default=None,
        metavar="FILE",
        help="Keep the run in this file while it goes on.",
    ),
    click.option(
        "--resume",
        is_flag=True,
        help="Go on from --checkpoint: the same draws as if it had never ended.",
    ),
)
