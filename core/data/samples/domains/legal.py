"""Sample facts about ten legal topics.

They cover principles that common-law systems share; details differ between countries. Not legal advice.
"""

from core.data.samples.bank import Bank, Topic
from core.data.samples.domains.legal_questions import ASPECTS, FRAMES

_TOPICS = {
    "contract": Topic(
        names=("a contract", "a binding agreement"),
        facts={
            "meaning": """[A contract is a bargain|A contract is an agreement] that courts will [enforce|uphold]. [Each
                side|Each party] gives or promises something in return for the other's promise. It may be
                [spoken|oral], written or shown by conduct, though [a few kinds|certain kinds], such as land sales,
                [normally|usually] need writing.""",
            "requirements": """One side [makes an offer|offers], the other accepts it without change, and both [give
                something of value|provide consideration]. [They must mean|Both must intend] to be legally bound, be
                [fit|able] to contract, and agree on terms that are [clear|certain] enough. The aim must be
                [lawful|legal].""",
            "effect": """[Both sides are bound|Both parties become bound] and each may [demand|insist on] what was
                promised. [Changes need|Any change needs] agreement again. [Outsiders|People outside it] usually take
                on no duties from it, and [whoever breaks it|the one who breaks it] owes [compensation|damages] for the
                loss.""",
            "limits": """[A deal can be set aside|Courts can undo a deal] for misrepresentation, duress, undue
                influence or [serious mistake|certain mistakes]. [Minors|Children] are mostly not held to it.
                [Illegal|Unlawful] bargains are not enforced, consumer laws [strike out|remove] some unfair terms, and
                impossible performance [may end it|can discharge it].""",
            "disputes": """[After a breach|When a contract is broken] the usual remedy is money that puts the injured
                side where performance would have [left|put] it. [Remote losses|Losses too remote] are left out, and
                avoidable loss [is deducted|does not count]. [Serious breach|A grave breach] also allows ending the
                deal; orders to perform are [rare|unusual].""",
            "precautions": """[Put the terms in writing|Write the terms down], read every page before signing and [ask
                about|question] anything unclear. [Note|Record] price, dates, and who does what. [Keep|Store] the
                signed copy with letters and receipts, and have [weighty|important] deals [checked|looked over] by a
                lawyer.""",
        },
    ),
    "negligence": Topic(
        names=("negligence", "the tort of negligence"),
        facts={
            "meaning": """[Negligence is a civil wrong|Negligence is a wrong in civil law]: somebody fails to take
                reasonable care and [another person|someone else] is harmed [as a result|because of it]. [No
                intention|No bad intention] is needed. [The measure|The yardstick] is what a sensible person would have
                done [in that place|in the same position].""",
            "requirements": """[Four things|Four points] are proved: a duty of care, a breach of it, damage [caused by
                the breach|that the breach caused], and damage of a foreseeable [kind|sort]. [The claimant|The injured
                person] must show each on the balance of probabilities, [meaning|that is,] more likely than not.""",
            "effect": """[Whoever was careless|The careless party] must pay damages that [try to undo|make up for] the
                harm in money: treatment, lost earnings, repairs, and [pain|suffering]. [Employers also
                answer|Employers answer] for staff [at work|acting in their job], and insurance [often|frequently] pays
                in the end.""",
            "limits": """[There is no liability|Nobody is liable] where no duty existed or harm could not be foreseen.
                [A claimant's own carelessness|Shared fault] reduces the sum or, [here and there|in some places], bars
                it. [Knowing|Willing] acceptance of a risk may be a defence, and [the right to sue|a claim] expires
                after a time limit.""",
            "disputes": """[Most claims|Most such cases] settle before trial, [often|commonly] with insurers.
                [Otherwise|If not,] a court hears witnesses and experts on what care was due and what caused the
                damage. [The loser|The losing side] may be ordered to pay [damages|compensation] and, in many systems,
                [part of the costs|some costs].""",
            "precautions": """[After an accident|Following an accident], photograph the scene, take names of witnesses
                and [see a doctor|get medical care] early. [Keep|Save] bills, letters and wage slips. [Sign nothing|Do
                not sign anything] in haste, [tell|inform] your insurer, and ask a lawyer [soon|early], since deadlines
                run.""",
        },
    ),
    "tenancy deposit": Topic(
        names=("a tenancy deposit", "a rental deposit"),
        facts={
            "meaning": """[A tenancy deposit|A rental deposit] is money that a tenant pays at the start as security.
                [It goes back|It is returned] to the tenant unless the landlord [shows|can show] a good reason to keep
                some, [such as|for instance] damage or unpaid rent. [In many places|In many regions] the law says how
                it must be [held|kept].""",
            "requirements": """[Local law sets|Local rules set] the details. [Often|Commonly] the sum is capped, the
                landlord must give a receipt, and the money must be [kept apart|held separately] or registered in a
                scheme within a [short|fixed] time. [Deductions|Subtractions] must be listed and [backed|supported] by
                proof.""",
            "effect": """[The landlord has|A landlord gains] security against unpaid rent and damage, while the tenant
                [may expect|is entitled to] the balance back soon after [leaving|moving out]. [Handing over|Paying] the
                deposit does not replace rent, and it gives the landlord no right to [enter|walk in] at will.""",
            "limits": """[Fair wear and tear|Ordinary wear], like faded paint, [cannot be charged|may not be deducted].
                [A deduction covers|Deductions cover] actual loss, with the item's age [taken into account|considered],
                and [must not|should not] make the landlord better off. [A tenant|Tenants] should not [simply skip|just
                withhold] the last rent instead.""",
            "disputes": """[Ask in writing|Write and ask] for an itemised list first. [Where a protection scheme|If a
                protection scheme] exists, its adjudication is [often|usually] free; otherwise a small claims court
                [decides|rules]. [The landlord must prove|It is for the landlord to prove] the loss, and some laws add
                a penalty for [ignoring|breaking] the rules.""",
            "precautions": """[Take dated photos|Make dated photographs] of every room on moving in and [again|once
                more] on leaving. [Agree on|Sign] an inventory, keep the receipt and the rent records, report repairs
                [promptly|early], clean [well|thoroughly] at the end and [give|leave] your new address.""",
        },
    ),
    "copyright": Topic(
        names=("copyright", "copyright protection"),
        facts={
            "meaning": """[Copyright is the right|Copyright means the right] of authors to control copying of their
                [original|own] works, such as texts, music, pictures, films and software. [What it protects is|It
                protects] the expression, not the idea [behind it|underneath]. [It arises|It comes about] by itself
                once the work is [set down|recorded].""",
            "requirements": """[The work|A work] must be original: its author's own effort, [not a copy|not copied].
                [Many systems|Most systems] ask that it be [written down or recorded|fixed in some form]. [No
                registration|No formality] is needed for protection, although registering it helps in court [in some
                countries|in certain countries].""",
            "effect": """[The owner alone|Only the owner] may copy, publish, adapt, perform or put the work online, or
                [allow|license] others to. [The rights|These rights] can be sold. [In most countries|Nearly everywhere]
                they usually last for the author's life and [at least fifty|fifty or more] years [after|beyond].""",
            "limits": """[Ideas, facts|Facts, ideas] and methods stay free [for all|for everyone]. [Fair dealing or
                fair use|Fair use or fair dealing] permits some copying, for example for criticism, study or news.
                [When the term ends|After its term], the work is in the public domain. [Crediting|Naming] the author
                alone [is not permission|does not replace permission].""",
            "disputes": """[The owner|An owner] can ask a court for an order to stop, and for damages or [the
                infringer's|the copier's] profits. [Online services|Websites] often remove copies [after|on] notice.
                [Many disputes|Many quarrels] end with a licence; deliberate commercial piracy [can|may] be a
                crime.""",
            "precautions": """[Keep|Save] drafts and dated files that show who made what. [Before using|Before you use]
                others' work, look for a licence or ask [in writing|by letter], and [obey|follow] its conditions.
                [Agree early|Settle early] who owns work done by [staff|employees], freelancers or partners.""",
        },
    ),
    "trade mark": Topic(
        names=("a trade mark", "a trademark"),
        facts={
            "meaning": """[A trade mark is a sign|A trade mark is any sign], such as a name, logo or shape, that shows
                which business goods or services [come from|stem from]. [It guards|It protects] both the trader's [good
                name|reputation] and shoppers who [rely on it|trust it]. [It differs|This differs] from a patent, which
                covers an invention.""",
            "requirements": """[The sign must be distinctive|The mark must be distinctive], setting one trader's goods
                apart. [Descriptive|Merely descriptive] and generic words [fail|do not pass]. It [must not|may not]
                clash with earlier marks, deceive or offend. [An application|The application] names the [classes|kinds]
                of goods; unregistered marks need [proven|established] reputation.""",
            "effect": """[The owner may|Its owner may] stop others from using the same or a confusingly similar sign
                [in trade|in business] for similar goods. [It can also be|It may also be] licensed or sold.
                [Registration lasts|A registration lasts] ten years [in most countries|nearly everywhere] and can be
                [renewed|extended] again and again.""",
            "limits": """[Protection stays within|Protection is limited to] the country and the goods registered,
                [famous marks apart|except for famous marks]. [Others may|Anyone may] honestly use their own name,
                describe goods or [compare|make comparisons]. [Years without use|Long disuse], or becoming the everyday
                word for the thing, can [end it|cost the owner the mark].""",
            "disputes": """[A rival's|A competing] application can be opposed at the registry. [In court|Before a
                court] the question is whether buyers are likely to be confused. [Remedies include|Possible remedies
                are] an order to stop, damages or profits, and [destruction|surrender] of offending goods.
                [Usually|Commonly] a warning letter comes first.""",
            "precautions": """[Search the registers|Search the register] and the internet before choosing a name.
                [Made-up|Invented] words are [strongest|the safest]. [Apply|File] early, in the right classes and
                countries, use the mark [consistently|always in one form], [watch for|look out for] imitators and
                [diary|note] the renewal date.""",
        },
    ),
    "will": Topic(
        names=("a will", "a last will and testament"),
        facts={
            "meaning": """[A will is a document|A will is a formal document] in which a person says who [receives|shall
                receive] their property after death. [It may also|It can also] name executors to carry it out and
                guardians for children. [It has no force|It does nothing] until death and [can|may] be changed before
                then.""",
            "requirements": """[The maker|Whoever makes it] must be adult, of sound mind and acting freely.
                [Normally|As a rule] it is in writing, signed, and [witnessed by two people|attested by two witnesses]
                who are present together. [Witnesses|The witnesses] should not be people who [inherit|benefit].
                [Details|Rules] differ by country.""",
            "effect": """[After death|Once the maker dies], the executor collects the property, pays debts and taxes,
                and [hands out|distributes] the rest as [written|instructed]. [A grant of probate|A court grant]
                usually confirms that power. [Without any will|When no will exists], fixed rules of intestacy
                [choose|decide] the heirs.""",
            "limits": """[A will does not reach|A will cannot govern] jointly owned property that passes to the
                survivor, or many pensions and insurances with a named beneficiary. [Debts come first|Debts are paid
                first]. [In many places|In many systems] spouse and children [can|may] claim a share, and marriage or
                divorce may [revoke|cancel] parts or all.""",
            "disputes": """[A will may be contested|People may contest a will] for lack of capacity, [pressure|undue
                influence], forgery or faulty signing. [If the will falls|If the will fails], an earlier will or
                intestacy [applies|takes its place]. [Relatives left out|Neglected relatives] may seek provision. [Time
                limits|Deadlines] are short, and mediation [saves|spares] costs.""",
            "precautions": """[List|Write down] what you own and owe, and choose a [willing|trusted] executor and a
                substitute. [Review it|Look at it again] after marriage, divorce, births or moves. [Keep|Store] the
                original safe, tell the executor where, and [get legal help|have a lawyer help] if a business or
                foreign property [is involved|belongs to it].""",
        },
    ),
    "power of attorney": Topic(
        names=("a power of attorney", "a POA"),
        facts={
            "meaning": """[A power of attorney is a document|A power of attorney is a signed paper] by which one
                person, the principal, allows another, the attorney, to act [for them|in their name]. [It may cover|It
                can cover] money and property or, in many places, health decisions. The attorney [need not|does not
                have to] be a lawyer.""",
            "requirements": """[The principal must|Whoever grants it must] understand what is being given when signing.
                [It is made|It has to be] in writing and signed, [often|commonly] before a witness or notary. [The
                lasting or durable kind|A lasting or durable one], which survives loss of capacity, needs [special
                words|special wording] or registration.""",
            "effect": """[The attorney|An attorney] can sign, pay, sell or decide within the powers [given|granted],
                and the principal is bound [as if present|as though acting in person]. [Loyalty is owed|Loyalty is the
                duty]: keep the money apart, avoid conflicts of interest and [keep accounts|keep records].""",
            "limits": """[An ordinary power|The ordinary form] ends when the principal loses capacity; [every kind
                ends|all kinds end] at death. [It can be revoked|The principal can revoke it] while of sound mind.
                [Nobody can use it|It cannot be used] to make a will, vote or marry for the principal, and gifts to
                oneself are mostly [barred|forbidden].""",
            "disputes": """[If an attorney misuses|When an attorney misuses] money, relatives or banks can [alert|turn
                to] the supervising authority or court. [The court|A court] may demand accounts, [remove|dismiss] the
                attorney, order repayment and appoint [a guardian|someone else]. [Theft is|Stealing is] also a matter
                for the police.""",
            "precautions": """[Choose|Pick] someone honest, able and willing, and [name a substitute|name a reserve].
                [Spell out|State clearly] which powers are given and when they start. [Sign it|Make it] while in good
                health, [give|hand] copies to bank and doctor, and [ask a lawyer|take legal advice] about local
                forms.""",
        },
    ),
    "small claim": Topic(
        names=("a small claim", "a small claims case"),
        facts={
            "meaning": """[A small claim is a civil case|A small claim is a court case] about a modest sum, heard by a
                [simplified|simple] procedure. [Typical matters|Typical cases] are unpaid bills, faulty goods or [kept
                deposits|withheld deposits]. [It is built|It is meant] for people [without lawyers|who have no lawyer],
                with short hearings and low [fees|court fees].""",
            "requirements": """[The sum|The amount] must lie below the local limit, and the right court must have
                [power|jurisdiction]. [You need|One needs] a legal ground, the defendant's correct name and address,
                and [papers|documents] as proof. [The case|The claim] must start before the limitation period [runs
                out|ends].""",
            "effect": """[The judge|A judge] hears both sides informally and gives a judgment that [binds|is binding
                on] them. [Whoever loses|The losing side] may owe the sum, interest and the court fee. [Lawyers'
                costs|Legal costs] are seldom [recovered|awarded], and an unpaid judgment [can|may] hurt the debtor's
                credit record.""",
            "limits": """[Complex|Complicated] matters, such as serious injury, libel or family law, [go|belong]
                elsewhere. [The court|This court] decides mainly about money and [rarely|seldom] orders people to act.
                [Winning|A win] is not payment: the winner may have to [enforce|collect]. Appeals are
                [narrow|restricted].""",
            "disputes": """[Before|Ahead of] the hearing there is often mediation, and a deal [ends|closes] the case.
                [If the defendant stays silent|If no defence arrives], judgment by default [may follow|can be given].
                [When a judgment is unpaid|Against an unpaid judgment], bailiffs, wage deductions or charges on
                property [can be used|are possible].""",
            "precautions": """[First send|Begin with] a letter that states the sum, the reason and a fair deadline.
                [Put|Sort] papers in order of date: contract, receipts, photos, messages. [Prepare|Write] a one-page
                summary, bring copies for everybody and [speak|talk] calmly [to the point|about facts].""",
        },
    ),
    "employment contract": Topic(
        names=("an employment contract", "a contract of employment"),
        facts={
            "meaning": """[An employment contract|A contract of employment] is the agreement under which a person works
                for an employer, [under its direction|following its instructions], for pay. [Part is written|Some is
                written], and part follows from law, [handbooks|staff handbooks] and custom. [A freelancer|A
                contractor], by contrast, [runs|carries on] their own business.""",
            "requirements": """[As with any contract|As in other contracts], there must be offer, acceptance and pay.
                Courts look at control, personal service and who bears risk, [not at labels|not at the label]. [Many
                laws|A lot of laws] demand a written statement of pay, hours, holidays and notice [soon|shortly] after
                the start.""",
            "effect": """[The employer|An employer] must pay, keep the workplace safe and respect [minimum rights|legal
                minimums]. [The worker|The employee] must serve faithfully, obey lawful orders, and keep secrets.
                [Neither side|Neither party] may change [important|key] terms alone, and [both owe|each owes] notice
                before ending it.""",
            "limits": """[Clauses|Terms] below the legal minimum for wages, leave or safety [have no force|do not
                count]. [Bans on|Clauses against] later competition hold only if reasonable in time and area, and [some
                places|some regions] forbid them. [Dismissing|Firing] people for discriminatory reasons is unlawful
                [whatever it says|whatever was signed].""",
            "disputes": """[Raise the matter|Raise it] inside first, by a written grievance. [Many countries have|There
                are often] labour tribunals, mediators or inspectors for unpaid wages and unfair dismissal. [Awards
                are|The award is] mostly money; [reinstatement|getting the job back] is [rarer|less usual].
                [Deadlines|Time limits] are short, at times a few months.""",
            "precautions": """[Check|Read] pay, hours, place, probation, notice and [bonus rules|bonuses] before
                signing. [Get promises|Have promises] put in writing. [Keep|Store] the contract, payslips and rotas,
                [note|record] overtime, and [ask|consult] a union or adviser before [agreeing to|accepting]
                changes.""",
        },
    ),
    "data protection": Topic(
        names=("data protection", "the protection of personal data"),
        facts={
            "meaning": """[Data protection is the law|Data protection law sets rules] on handling information about
                living, identifiable people. [It binds|It applies to] firms and public bodies that collect,
                [store|keep] or share such data, and gives [each person|everyone] some control. [Beliefs,
                health|Health, beliefs] and similar [sensitive|delicate] facts get [stronger|extra] protection.""",
            "requirements": """[Whoever uses data|An organisation] needs a lawful reason and a clear purpose, and must
                [tell people|inform people] openly. Data must be [accurate|correct], no more than needed, kept [no
                longer than|only as long as] necessary and [well secured|stored securely], and the organisation [must
                be able to|has to] prove it.""",
            "effect": """[Individuals|People] may ask what is held on them, get a copy, and have [errors
                corrected|mistakes put right]. [Often they can|In many laws they can] object to marketing,
                [withdraw|take back] consent or demand erasure. [The organisation|An organisation] must answer within a
                [set|fixed] time and often report [serious|grave] breaches.""",
            "limits": """[Such rights|These rights] are not absolute: crime prevention, legal duties, journalism and
                research [have|bring] exceptions. [Purely private|Purely household] use is mostly [outside|exempt].
                [Truly|Fully] anonymous data is not covered, and erasure may be refused where records [must be kept|are
                required by law].""",
            "disputes": """[Complain|Write] to the organisation first, then to the [supervisory authority|regulator],
                which can investigate, order changes and [often fine|often impose fines]. [Courts|A court] can award
                compensation for harm. [Not every|Not each] country has such a regulator, so [remedies vary|the
                remedies differ].""",
            "precautions": """[Share|Give] only the data that is needed, [read|look at] privacy notices and settings,
                and use strong, [separate|different] passwords. [Firms do well|It pays for firms] to list their data,
                train staff, limit access, delete old files and [plan|prepare] for a breach.""",
        },
    ),
}

LEGAL = Bank(
    notice="Synthetic sample; general principles of common law, not legal advice.",
    topics=_TOPICS,
    aspects=ASPECTS,
    frames=FRAMES,
)
