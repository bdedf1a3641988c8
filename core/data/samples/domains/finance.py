"""Sample facts about ten topics in personal finance. General knowledge, with invented sums; not advice."""

from core.data.samples.bank import Bank, Topic
from core.data.samples.domains.finance_questions import ASPECTS, FRAMES

_TOPICS = {
    "compound interest": Topic(
        names=("compound interest", "interest on interest"),
        facts={
            "meaning": """[Compound interest is interest|Compound interest means interest] paid not only on the first
                sum but also on interest [already added|added before]. [The balance|So the balance] grows by a
                [larger|bigger] amount each time. [By contrast, simple|Simple] interest is always [counted|worked out]
                on the starting sum alone.""",
            "workings": """[At the end|At the close] of each period the interest joins the balance, and the next
                interest is [figured|worked out] on that new total. [Rate, time|Time, rate] and how often interest is
                added [decide|set] the result. [Over many years|In the long run], time [counts most|has the greatest
                weight].""",
            "importance": """[It rewards|Compounding rewards] people who save early, because each year's gain
                [earns|brings] gains of its own. [The same force|That very force] works against borrowers: unpaid card
                debt [swells|grows] faster and faster. [A few points|A small gap] in the rate can matter greatly over
                [decades|many years].""",
            "risks": """[Debt that compounds|Compounding debt] can outgrow a household's means. [Returns|Gains] on
                investments are not steady, so smooth tables [mislead|give a false picture]. [Fees|Costs] compound too,
                and inflation [eats into|lowers] what the final sum [will buy|can buy].""",
            "example": """[Put aside|Take] 1,000 at five percent a year. [After one year|One year later] there is
                1,050, after two 1,102.50, and [after ten|ten years on] about 1,629. [With|At] simple interest the sum
                would be [only|just] 1,500, so 129 [comes from|is owed to] compounding.""",
            "good practice": """[Start|Begin] saving early and leave the interest [in|untouched]. [Compare|Look at]
                yearly effective rates rather than [headline|advertised] figures, and [mind|watch] the fees. [Pay
                off|Clear] costly card debt before [you invest|investing], since saving its interest is a
                [sure|certain] gain.""",
        },
    ),
    "index fund": Topic(
        names=("an index fund", "an index-tracking fund"),
        facts={
            "meaning": """[An index fund pools|An index fund collects] many people's money and buys the shares or bonds
                that [make up|belong to] a market index. [It copies|It follows] the index instead of trying to beat it.
                [Little trading|Doing little trading] keeps its yearly cost [low|small] compared with [managed|actively
                run] funds.""",
            "workings": """[The fund holds|It holds] the members of the index in the same [shares|proportions] and
                adjusts when the list [changes|is revised]. [Its price|The price] moves with that market.
                [Dividends|Payouts] are handed on or [reinvested|put back], and the return is that of the index,
                [less|minus] a small fee.""",
            "importance": """[With one purchase|In a single purchase] a saver owns a slice of hundreds of firms. [Low
                fees|Small fees] leave more of the gain to the owner, and [over long spells|over many years] most
                managed funds have [trailed|fallen behind] their index after [costs|charges].""",
            "risks": """[When the market falls|If the market drops], the fund falls with it, [sometimes|at times] for
                years. [It can never|It will not] beat its index, narrow indexes hold [few|only a few] sectors or
                countries, and a [foreign|distant] currency may lose value. [Money needed soon|Money for the near
                future] does not belong there.""",
            "example": """[Say|Suppose] one firm makes up four percent of an index. [Of every|Out of each] 100 paid
                into the fund, four [go|flow] into that firm's shares. [If the index gains|Should the index gain] six
                percent, then after a fee of 0.2 the owner [keeps|gets] roughly 5.8 percent.""",
            "good practice": """[Check|Look at] which index is followed and what the yearly fee is. [Prefer|Favour]
                broad indexes, pay in [regularly|every month], and plan to [hold|stay] for many years. [Do not
                sell|Avoid selling] in fright after a fall, and [look in|rebalance] perhaps once a year.""",
        },
    ),
    "bond": Topic(
        names=("a bond", "a fixed-income security"),
        facts={
            "meaning": """[A bond is a loan|A bond is a tradable loan] which a state or company takes up from
                investors. [The issuer|The borrower] promises interest, called the coupon, and [repays|pays back] the
                face value on a set date. [The holder|Its owner] is a lender, not a part owner [of the business|of the
                firm].""",
            "workings": """[Coupons arrive|Coupons are paid] on fixed dates until maturity. [Meanwhile|Until then] the
                bond can be traded, and its price moves [against|opposite to] interest rates: when new bonds pay more,
                old ones [lose value|become cheaper]. [Longer bonds|Bonds with longer lives] swing [more|further].""",
            "importance": """[Bonds give|Bonds pay] savers income that is known beforehand and often [steady|calm] a
                portfolio of shares. [States and firms|Firms and states] use them to [pay for|finance] large plans.
                [Their yields|Bond yields] also guide the rates on [home loans|mortgages] and savings.""",
            "risks": """[The issuer may default|An issuer may default] and pay late or never. [Rising rates|Higher
                rates] push the price down for anyone who [sells early|must sell early]. [Inflation shrinks|Inflation
                erodes] fixed coupons, foreign bonds carry currency risk, and [rare|seldom traded] issues can be hard
                to sell.""",
            "example": """[Take|Imagine] a five-year bond of 1,000 with a four percent coupon. [It pays|The holder
                gets] 40 each year and 1,000 at the end, [1,200 in all|together 1,200]. [If market rates|Should market
                rates] jump to six percent at once, buyers would [pay|offer] only about 916 for it.""",
            "good practice": """[Match|Fit] the maturity to the date when the money is [needed|wanted]. [Spread|Divide]
                the sum over several issuers, or use a bond fund. [Look at|Read] the credit rating, [be wary|beware] of
                unusually high yields, and [count|include] fees and taxes.""",
        },
    ),
    "inflation": Topic(
        names=("inflation", "general price inflation"),
        facts={
            "meaning": """[Inflation means|By inflation people mean] that prices in general go up as time passes, so
                that money [buys less|loses buying power]. [One dear item|A single dearer item] is not enough; the
                whole level [climbs|moves up]. [Its opposite|The opposite], falling prices, is [called|known as]
                deflation.""",
            "workings": """[Statisticians price|Statisticians follow] a basket of typical purchases and [compare its
                cost with|set its cost against] a year earlier. [Prices climb|Prices go up] when spending outruns
                supply, costs of inputs [rise|go up], or people expect it. [Central banks answer|Central banks respond]
                with higher [policy rates|interest rates].""",
            "importance": """[It decides|Inflation decides] what wages, pensions and savings are [really worth|truly
                worth]. [A raise|A pay rise] below inflation is a cut in buying power. [Lenders lose|Lenders suffer]
                and borrowers at fixed rates [gain|profit] when it is higher than [expected|foreseen].""",
            "risks": """[Cash in a drawer|Idle cash] loses value every year. [Fast inflation|Rapid inflation] hurts
                people on fixed incomes [most|worst] and makes planning [hard|difficult]. [Fighting it|Bringing it
                down] by higher rates can cost jobs, and [lasting deflation|steady deflation] is [harmful|damaging]
                too.""",
            "example": """[At three percent|With three percent inflation] a basket priced at 100 costs 103 [a year
                later|after a year] and about 134 [after ten years|ten years on]. [Banknotes kept|Notes kept] at home
                meanwhile [stay|remain] 100 and then buy [only|just] what 74 bought before.""",
            "good practice": """[Judge|Measure] returns after inflation. [Keep cash|Hold cash] for near needs only, in
                an account that [pays interest|bears interest], and [think of|consider] shares or inflation-linked
                bonds for distant goals. [Review|Check] wages, insurance sums and the budget [every year|yearly].""",
        },
    ),
    "budget": Topic(
        names=("a budget", "a household budget"),
        facts={
            "meaning": """[A budget is a plan|A budget is a written plan] for money over a period, usually a month. [It
                sets|It puts] expected income against spending and saving. [Its purpose|The purpose] is to decide
                [beforehand|in advance] where money goes, instead of [wondering|asking] afterwards.""",
            "workings": """[List income after tax|Note income after tax], then fixed bills, then [flexible|variable]
                spending, and [give|assign] every group a limit. [During the month|As the month passes] actual figures
                are [compared|checked] with the plan. [What is over|Any surplus] goes to savings or debt, and
                [limits|the limits] are adjusted.""",
            "importance": """[It shows|A budget shows] leaks, [prevents|avoids] overdrafts and makes goals
                [reachable|possible]. [Families|Couples] quarrel less when figures are [open|on the table]. [Bad
                months|Lean months] become easier, since priorities were [settled|agreed] in calm.""",
            "risks": """[Plans that are too strict|Overly strict plans] are soon [dropped|abandoned]. [Yearly
                bills|Rare bills] such as insurance are easily [forgotten|overlooked], and irregular income
                [upsets|spoils] monthly figures. [Small purchases|Little purchases], if nobody [counts|records] them,
                can [undo|ruin] the whole plan.""",
            "example": """[With|On] take-home pay of 2,000, [half|one half], 1,000, may go to needs such as rent and
                food. [Another|A further] 600, or thirty percent, [pays for|covers] wishes. [The last|The remaining]
                400 is saved or [repays|reduces] debt. [These shares|Such shares] are a rule of thumb, and [dear
                rents|high rents] may [shift|change] them.""",
            "good practice": """[Track|Record] all spending for a month before setting limits. [Move savings|Transfer
                savings] on payday, put [a twelfth|one twelfth] of yearly bills aside each month, and [leave|keep] some
                money for fun. [Look over|Review] the plan monthly; an app, a sheet or [envelopes|paper] all [work|do
                the job].""",
        },
    ),
    "credit score": Topic(
        names=("a credit score", "a personal credit score"),
        facts={
            "meaning": """[A credit score is a number|A credit score is a figure] that estimates the chance of a person
                repaying debts [on time|when due]. [Credit bureaus|Credit reference agencies] compute it from borrowing
                records. [Each country|Every country] and bureau uses a scale [of its own|that is its own], and
                [lenders|banks] weigh it with other facts.""",
            "workings": """[Lenders report|Banks and shops report] payments, balances and limits to bureaus. [A
                formula|A model] weighs punctual payment, the share of limits in use, [length|age] of history and
                [new|recent] applications. [Old troubles|Past troubles] fade and [drop out|disappear] after some
                years.""",
            "importance": """[A good score|A strong score] makes loans [easier|simpler] to get and [cheaper|less
                costly]. [Landlords and phone companies|Phone companies and landlords] may look at it too. [A weak
                one|A poor one] can mean refusal, [higher interest|dearer interest] or a [deposit|guarantee].""",
            "risks": """[Late payments|Missed payments] and cards near their limit [pull it down|lower it].
                [Errors|Mistakes] in the file or stolen identity can [hurt|damage] it without warning. [Paid
                services|Firms] that promise [instant repair|a quick repair] cannot [erase|remove] true records.""",
            "example": """[Two people|Two neighbours] borrow 10,000 for a year. [The one|The first], who always paid on
                time, is [charged|offered] six percent and owes 600 interest. [The other|The second], with missed
                payments, is [charged|offered] fifteen percent, [which makes|that is] 1,500, so a weak score
                [costs|costs about] 900.""",
            "good practice": """[Pay every bill|Pay all bills] by the due date, [if possible|ideally] automatically.
                [Use|Draw on] only a modest part of card limits and [apply|ask] for credit [rarely|seldom].
                [Read|Check] your file once a year, [dispute|contest] errors, and [keep|leave] old accounts in good
                order.""",
        },
    ),
    "mortgage": Topic(
        names=("a mortgage", "a home loan"),
        facts={
            "meaning": """[A mortgage is a long loan|A mortgage is a long-term loan] for buying property, [secured
                on|backed by] the purchase itself. [If payments stop|When payments stop], the lender may [have it
                sold|force a sale]. [The debt is paid|It is paid] back over [decades|many years], usually
                [monthly|every month].""",
            "workings": """[The buyer brings|A buyer brings] a deposit and borrows the rest. [Each instalment|Every
                instalment] covers interest and some of the debt; [early on|at first] interest is the larger part. [The
                rate|Its rate] is fixed for a time or [moves|changes] with the market, and a longer term means
                [lower|smaller] payments but more interest.""",
            "importance": """[For most families|To most families] it is the largest debt of their lives. [It lets
                people|It allows people to] live in a home before they [could pay|can pay] its full price. [A small
                difference|A small gap] in rate changes the [total|whole] cost by [thousands|large sums].""",
            "risks": """[Whoever falls behind|People who fall behind] may lose the home. [Variable rates|Floating
                rates] can lift instalments [sharply|steeply], and if house prices fall the debt may [exceed|be more
                than] the value. [Repaying early|Early repayment] can cost a fee, and repairs [come on top|are
                extra].""",
            "example": """[Borrow|Suppose you borrow] 200,000 at five percent for twenty-five years. [The monthly
                payment|Each monthly payment] is about 1,169, and the [total|whole sum] paid about 350,800, [of
                which|so that] some 150,800 is interest. [In the first month|In month one] interest [takes|is] 833 of
                the payment.""",
            "good practice": """[Save|Build up] a solid deposit and borrow less than the [limit|maximum].
                [Compare|Weigh] offers by the yearly total rate and fees, [test|check] whether you could bear a higher
                rate, and [keep|hold] a reserve for repairs. [Extra payments|Additional payments], where allowed, [save
                interest|shorten the loan].""",
        },
    ),
    "diversification": Topic(
        names=("diversification", "spreading investments"),
        facts={
            "meaning": """[Diversification means spreading|Diversification is spreading] money over many investments
                that do not all move together. [A loss in one|One loss] then [hurts less|does less harm]. [It can
                span|It may span] companies, industries, countries and [kinds|classes] of assets.""",
            "workings": """[Bad news|A misfortune] often strikes one firm or industry while others [do well|prosper],
                so ups and downs partly [cancel|even out]. [The less alike|The more unlike] the holdings move, the
                [steadier|calmer] the whole. [A shock|Trouble] that hits every market at once [remains|cannot be spread
                away].""",
            "importance": """[Nobody knows|No one knows] which investment will do best. [A spread portfolio|A mixed
                portfolio] gives up the [biggest|greatest] win to avoid ruin by one failure. [It smooths|It steadies]
                the value, which helps owners [stay calm|stay invested] in [bad markets|rough markets].""",
            "risks": """[It does not|Spreading does not] prevent losses in a general slump, when many assets fall
                [together|at once]. [Ten funds|Several funds] may hold the same shares, so the spread [is an
                illusion|is only apparent]. [Too many positions|Too many small positions] raise costs and [blur|hide]
                the overview.""",
            "example": """[An investor|A saver] holds twenty shares of equal weight. [If one company fails|Should one
                company fail] entirely, five percent of the money is [lost|gone]. [With everything|Had everything been]
                in that company, the whole sum would be [lost|gone].""",
            "good practice": """[Use|Choose] broad funds, and mix shares, bonds and cash to suit your [goal|aim] and
                time. [Look beyond|Go beyond] your own country and [employer|trade]. [Check|See] what your funds
                overlap in, and [bring back|restore] the planned weights [once a year|yearly].""",
        },
    ),
    "emergency fund": Topic(
        names=("an emergency fund", "a rainy-day fund"),
        facts={
            "meaning": """[An emergency fund is money|An emergency fund is cash] set aside for [sudden
                needs|surprises]: a lost job, a broken boiler, an urgent journey. [It lies apart|It is kept apart] from
                everyday money, is [easy|quick] to reach and is [not invested|not put] in anything that [may fall|can
                fall] in value.""",
            "workings": """[Each payday|Every payday] a set amount moves to an easy-access savings account until the
                [target|goal] is reached. [A usual|The common] target covers essential [spending|costs] for three to
                six months. [After use|Once used], it is filled up [again|anew] before other goals.""",
            "importance": """[It keeps|The reserve keeps] a mishap from [becoming|turning into] costly debt. [No
                investments|No shares] have to be sold at a bad [moment|time]. [It also gives|It gives] time to look
                for [suitable|decent] work and [brings|allows] calmer nights.""",
            "risks": """[Inflation|The rise in prices] slowly shrinks cash, so a [huge|very large] reserve costs
                growth. [Money too near|Money kept too near] daily spending gets [used up|spent]. [Cash locked|Cash
                tied up] in long deposits is not there when [needed|it counts], and accounts [differ|vary] in
                protection.""",
            "example": """[A household|A family] needs 1,500 a month for rent, food and [power|electricity]. [Three
                months|A cover of three months] means a goal of 4,500. [Putting away|Saving] 150 each month, it gets
                there in thirty months; [a bonus|a tax refund] [would shorten|can shorten] the wait.""",
            "good practice": """[Begin with|Start with] a small first goal, such as one month of [bills|rent].
                [Automate|Set up] the transfer, keep the account [separate|apart] and insured, and [define|write down]
                what counts as an emergency. [Top up|Refill] after each use, and [raise|adapt] the goal when
                [costs|expenses] change.""",
        },
    ),
    "pension": Topic(
        names=("a pension", "a retirement pension"),
        facts={
            "meaning": """[A pension is income|A pension means income] for later life when [regular work|paid work] has
                stopped. [It may come|It can come] from the state, an employer or [private saving|one's own saving].
                [Rights|Claims] are built up during [working years|the years of work].""",
            "workings": """[Workers and employers|Employers and workers] pay in. [Defined-benefit plans|Plans with
                defined benefits] promise an amount based on pay and [years|service]; [in defined-contribution|under
                defined-contribution] plans the pot depends on [payments|contributions], returns and fees. [State
                pensions|Public pensions] are [mostly|largely] paid from current contributions or taxes.""",
            "importance": """[People may live|Many live] twenty years or more after work, [far longer|longer] than
                ordinary savings last. [Employer money|An employer's share] and tax relief [lift|raise] what is saved.
                [Starting early|An early start] gives returns [time|years] to build up.""",
            "risks": """[Returns can|Markets can] disappoint, fees and inflation [eat|consume] the pot, and people may
                [outlive|live longer than] it. [Rules|Laws] and retirement ages change. [Fraudsters|Swindlers] lure
                savers with early access, and gaps in work [leave|mean] smaller [claims|rights].""",
            "example": """[Paying in|Saving] 200 a month for forty years [makes|comes to] 96,000 of contributions. [If
                it grows|Growing] at a steady four percent a year, credited monthly, the pot would [reach|come to]
                about 236,000. [Real returns|Actual returns] jump about, so this [only shows|merely shows] the
                [effect|power] of time.""",
            "good practice": """[Join|Enter] the employer's plan, [above all|especially] if it adds money. [Look
                at|Read] your yearly statement, fees and chosen fund, and [track down|find] old pots. [Raise|Increase]
                payments with each pay rise, and [be wary|beware] of [cold calls|unasked offers] about transfers.""",
        },
    ),
}

FINANCE = Bank(
    notice="Synthetic sample; general information, not financial advice.",
    topics=_TOPICS,
    aspects=ASPECTS,
    frames=FRAMES,
)
