"""Sample answers from the help desk of Fernhollow, an invented online shop for home and garden.

Every answer follows the shop's policy:

- Delivery: standard 3 to 5 working days, 4.90, free from 60; express 1 or 2 working days, 9.90. Orders are packed
  within about 4 hours. Order numbers begin with FH. Phone from 8 to 20.
- Returns: 30 days to register, 14 more to post; label 3.90, free if faulty, damaged or wrong. Not gift cards,
  cut-to-size goods or opened hygiene articles. Refunds within 5 working days of arrival; express is never repaid.
- Damage: 7 days to report; replacement in 2 working days or money in 5. Warranty: 2 years, repairs in 15 working days.
- Password link valid 30 minutes; 5 wrong tries lock for 15 minutes; at least 12 characters.
- Fern Box: monthly, cancelled until 3 days before the next; number begins with FB; pause up to 3 months.
- Address: free until packed, then the carrier redirects for 2.50 within the country.
- Declined payment: order held 48 hours, 3 tries. Gift cards: 10 to 250, 5 years, 16 characters, 3 an order.
"""

from core.data.samples.bank import Bank, Topic
from core.data.samples.domains.support_questions import ASPECTS, FRAMES

_TOPICS = {
    "order tracking": Topic(
        names=("order tracking", "tracking a parcel"),
        actions=("track my order", "follow my parcel"),
        facts={
            "rule": """[Every order|Each order] can be tracked from the moment it leaves our warehouse. [A tracking
                link|The link] comes by e-mail and [also stands|is also shown] in your account under Orders.
                [Guests|Customers without an account] use the e-mail; [one link|each link] covers [one parcel|a single
                parcel].""",
            "steps": """[Sign in|Log in], open Orders and [press|choose] Track next to the order. [You can also|Or you
                can] open the link in the dispatch e-mail. [The page shows|There you see] the last scan, the carrier
                and the [expected|likely] delivery day.""",
            "time": """[Tracking starts|The link works] on the evening of dispatch. [A standard parcel|Standard
                delivery] takes three to five working days, [an express parcel|express] one or two. [If nothing
                moves|Without any new scan] for three working days, [tell us|write to us].""",
            "cost": """[Tracking is free|Tracking costs nothing] for all orders. [Standard delivery|Standard shipping]
                costs 4.90 and is free from 60 upwards; [express|express shipping] costs 9.90. [Text messages|Updates
                by text message] from the carrier are [free too|also free].""",
            "details needed": """[Have|Keep] your order number ready; it begins with FH and [stands|is printed] at the
                top of the confirmation e-mail. [Guests|People without an account] also need the e-mail address used
                [for the order|when ordering]. [Nothing else|No other detail] is asked for on the tracking page.""",
            "problems": """[Look first|First look] in the spam folder for the dispatch e-mail. [If the parcel|When a
                parcel] shows as delivered but is missing, ask neighbours and [wait|allow] one working day. [After
                that|Then] contact us: we [open|start] a search and resend or refund within five working days.""",
        },
    ),
    "returns": Topic(
        names=("returning an item", "a return"),
        actions=("return an item", "send something back"),
        facts={
            "rule": """[You may|You can] return unused goods within 30 days of delivery, [for any reason|without giving
                a reason]. [Gift cards, cut-to-size goods|Cut-to-size goods, gift cards] and opened hygiene articles
                are [excluded|left out]. [Faulty|Damaged] or wrong items go back at our [cost|expense].""",
            "steps": """[Open|Go to] Orders in your account, choose the item and press Return. [Print|Download] the
                label, pack the item [well|safely], ideally in its own box, and [leave|drop] it at any parcel shop of
                the carrier. [Keep|Hold on to] the drop-off receipt.""",
            "time": """[You have|There are] 30 days from delivery to register the return, then 14 days to [hand it
                in|post it]. [The way back|Transport] takes about three working days, and we [check|inspect] the goods
                within two more. [You get|We send] an e-mail at [each|every] step.""",
            "cost": """[The return label|A return label] costs 3.90, which we [deduct from|take off] the refund. [It is
                free|It costs nothing] if the item is faulty, damaged or [the wrong one|not what you ordered]. [For an
                exchange|When you swap sizes], we send the new item [free of charge|without postage].""",
            "details needed": """[You need|Please have] the order number, the item unused with all its parts and, [if
                you can|if possible], its box. [The label|Our label] is in your account. [If it was a gift|For gifts],
                the gift receipt number [will do|is enough]. [A reason|Giving a reason] is optional.""",
            "problems": """[If you have no printer|Without a printer], let the parcel shop print the label from the
                code. [When the Return button|If the Return button] is missing, the 30 days [have passed|are over] or
                the item is excluded. [We refund|Fernhollow refunds] returns lost on the way [against|in exchange for]
                the drop-off receipt.""",
        },
    ),
    "refunds": Topic(
        names=("a refund", "getting money back"),
        actions=("get a refund", "get my money back"),
        facts={
            "rule": """[A refund goes|Refunds go] back to the payment method [you used|used] for the order. [The
                goods|Items] must first reach our warehouse and pass a [short|quick] check. [When the entire|If the
                whole] order comes back, we repay standard delivery, [but not|though not] express.""",
            "steps": """[Start|Register] the return in your account; the payment then follows [by
                itself|automatically], with no form to fill in. [On the Orders page|Under Orders] you see the status:
                received, checked, paid. [An e-mail|A message] tells you the [exact|final] amount.""",
            "time": """[We pay|Our office pays] within five working days after the goods [arrive|reach us]. [Your
                bank|The bank] may need up to three more working days to [show|book] it. [Gift card amounts|Sums from a
                gift card] are back [at once|immediately] after our check.""",
            "cost": """[We charge|There is] no fee for a refund. [Only the return label|The return label alone], 3.90,
                is [deducted|taken off], and not even that when the item was faulty, damaged or wrong. [The express
                charge|Express delivery] of 9.90 is not [repaid|paid back].""",
            "details needed": """[Have|Keep] the order number and the drop-off receipt of the return ready. [Bank
                details|Account numbers] are not needed, since the money [goes back|returns] the way it came. [If that
                card|If the card] has been closed, [let us know|tell us] before [you send|sending] the goods.""",
            "problems": """[Allow|Count] eight working days from arrival before you worry. [Then check|After that,
                check] the statement of the card [used for the order|you paid with]. [If the amount|If the sum] is
                missing or too low, send us the order number; we [trace it|look into it] within two working days.""",
        },
    ),
    "password reset": Topic(
        names=("a password reset", "resetting a password"),
        actions=("reset my password", "set a new password"),
        facts={
            "rule": """[Everybody|Anyone] with a Fernhollow account can reset the password at any time, by the e-mail
                [on file|registered]. [Our staff|The staff] never ask for a password and cannot [read|see] it. [The new
                password|A new one] needs twelve characters and must [be different|differ] from the [previous|last]
                one.""",
            "steps": """[On|At] the sign-in page press Forgot password and [enter|type] your e-mail address.
                [Follow|Open] the link we send, enter a new password twice and [confirm|save] it. [All other
                devices|Other devices] are then signed out.""",
            "time": """[Our e-mail|The e-mail] comes within five minutes, and its link [stays valid|works] for 30
                minutes. [After five wrong tries|When five tries were wrong], the account is locked for 15 minutes.
                [Your new|The new] password works [at once|straight away].""",
            "cost": """[Resetting is free|A reset is free], however often you [do it|need it]. [No one at
                Fernhollow|Nobody here] asks for money or card data for it, so [regard|treat] any message that does as
                fraud and [forward it|pass it on] to us.""",
            "details needed": """[You need access|What you need is access] to the e-mail inbox of your account and a
                new password of twelve characters or more. [Customer|Order] numbers are not asked for. [When the
                inbox|If the inbox] is lost, an invoice number [allows|helps] us to [confirm|check] who you are.""",
            "problems": """[Look in|Search] the spam folder and check the spelling of the address. [Request|Ask for] a
                fresh link, since an older one [stops working|has expired]. A locked account opens [again|by itself]
                after 15 minutes. [Where the inbox|If the inbox] no longer exists, the help desk changes the address
                after a check.""",
        },
    ),
    "damaged item": Topic(
        names=("a damaged item", "an article that arrived broken"),
        actions=("report a damaged item", "complain about a broken delivery"),
        facts={
            "rule": """[Tell us about|Report] damage within 7 days of delivery. [The choice is yours|You choose]: a
                replacement or the full price back. [The carrier|Our carrier] collects the item, or you may [dispose of
                it|throw it away] when it is worth little. [Later faults|Faults found later] fall under the
                warranty.""",
            "steps": """[Make|Take] two photos, of the item and of the box. [Go to|Open] Orders, press Report damage,
                add the photos and [choose|pick] replacement or refund. [You get an answer|We answer] within one
                working day, [and the collection|and a collection] is booked.""",
            "time": """[Report it|Please report it] within 7 days of delivery. [Our reply|An answer] comes within one
                working day; the replacement leaves [within|in] two working days, or the money is [sent|paid] within
                five. [The pick-up|Collection] takes place on a day [of your choice|you choose].""",
            "cost": """[Nothing is charged|You pay nothing]: the collection, the new item and its delivery are [at our
                expense|on us]. [If you prefer|If you choose] a refund, standard delivery is [paid back|repaid] too.
                [No prepayment|No deposit] is asked for the replacement.""",
            "details needed": """[We need|Please send] the order number, a photo of the damage and one of the
                [box|packing]. [Hold on to|Keep] all packing until the case is [settled|closed]. [Say|Tell us] whether
                you [prefer|want] a replacement or a refund.""",
            "problems": """[When seven days|If seven days] have passed, [turn to|use] the warranty instead. Photos that
                are too large can [go|be sent] by e-mail. [If the article|When the article] is sold out, we refund or
                [suggest|offer] a similar one, [whichever you prefer|as you like].""",
        },
    ),
    "warranty": Topic(
        names=("a warranty claim", "the warranty"),
        actions=("make a warranty claim", "use the warranty"),
        facts={
            "rule": """[Every product carries|All products carry] a two-year warranty from delivery. [It applies to|It
                covers] faults in material and making, not wear, [wrong use|misuse] or accidents. [Repair comes
                first|We repair first]; if that fails, we replace the product or [repay|refund] its price.""",
            "steps": """[Go to|Open] Orders, choose the product and press Warranty. [Explain|Describe] the fault, add a
                photo or [clip|short video], and [use|print] the free label. [The workshop|Our workshop] inspects the
                product and [sends|reports] the result by e-mail.""",
            "time": """[Cover|The warranty] runs for two years from delivery. [Each|A] repair takes up to 15 working
                days after arrival. [Should it take longer|If it takes longer], you may [choose|ask for] a replacement.
                [A replacement|A replaced product] keeps the [first|original] end date.""",
            "cost": """[A covered|A valid] claim costs nothing: parts, work and shipping [there and back|both ways] are
                included. [Where|If] the fault is not covered, we [name|quote] a price first, and sending the product
                back unrepaired [costs nothing|is free].""",
            "details needed": """[Have|Keep] the order number or invoice, the serial number from the [type
                plate|label], and a [sharp|clear] photo of the fault ready. [Its first|The original] box is not needed,
                but [wrap|pack] the product [firmly|safely].""",
            "problems": """[When a claim|If a claim] is refused, the e-mail [states|gives] the reason. [You may|You
                can] ask for a second look within 14 days, [adding|with] new photos. [A lost|A missing] invoice can be
                downloaded under Orders, and [goods|products] bought elsewhere are [outside our warranty|not
                covered].""",
        },
    ),
    "subscription cancellation": Topic(
        names=("cancelling the Fern Box", "a subscription cancellation"),
        actions=("cancel my subscription", "end my Fern Box"),
        facts={
            "rule": """[Our Fern Box|The Fern Box] is a monthly parcel that you can cancel at any time, [without a|with
                no] minimum term. [If you wish|In order] to stop the next box, cancel at least 3 days before [it
                ships|its date]. [Any box|A box] already paid for is still [delivered|sent].""",
            "steps": """[Log in|Sign in], open Subscriptions, [select|choose] the Fern Box and press Cancel.
                [Give|Pick] a reason if you like, then press Confirm. [A message|An e-mail] tells you the end date;
                without it, the cancellation [is not complete|has not gone through].""",
            "time": """[A cancellation|Cancelling] takes effect at once for all boxes not yet paid for. [The limit|The
                deadline] is 3 days before the next box [goes out|ships]. [You may also|Instead you may] pause for up
                to three months, and the account [remains|stays] open.""",
            "cost": """[We charge|There is] no fee for cancelling. [Paid boxes|Boxes already paid for] still arrive;
                nothing more is [taken|charged] afterwards. [Starting again|Coming back] later costs [no joining
                fee|nothing extra], but the price [then valid|of that day] applies.""",
            "details needed": """[Only your login|Only your sign-in] is needed. [If you write|If you e-mail us]
                instead, give your name, the e-mail address of the account and the subscription number, which
                [starts|begins] with FB. [Giving a reason|A reason] is welcome but [not required|optional].""",
            "problems": """[When|If] the Cancel button is grey, the next box is [due within 3 days|less than 3 days
                away]; try again after it [has left|ships]. [Should money be|If money was] taken after cancelling, send
                us the confirmation e-mail and we [return|repay] it within five working days.""",
        },
    ),
    "address change": Topic(
        names=("a change of address", "a new delivery address"),
        actions=("change my delivery address", "have my parcel sent elsewhere"),
        facts={
            "rule": """[Customers can|You can] change the delivery address until the order is packed. [After
                that|Afterwards], only the carrier can redirect the parcel, within the same country. [To ship|To send
                it] to another country, the order must be [stopped|cancelled] and [made|placed] again.""",
            "steps": """[Go to|Open] Orders, choose the order, press Edit address and [confirm|save]. [Once it is|If it
                is] packed, use Redirect on the tracking page. [For later|For future] orders, change the address under
                Profile [too|as well].""",
            "time": """[The change|A change] counts at once as long as the order is not packed; packing [is
                done|happens] within about four hours. [A redirect|Redirecting] by the carrier adds one working day.
                [Your|The] Profile address applies from the [following|next] order.""",
            "cost": """[Until|Before] packing, the change is free. [The carrier|Our carrier] asks 2.50 for a redirect,
                [payable|paid] on the tracking page. [When|If] a parcel returns to us because the address was wrong,
                sending it again costs [another 4.90|4.90].""",
            "details needed": """[Have|Keep] the order number and the full new address ready, with postcode and the
                name [as on|shown on] the doorbell. [To redirect|For a redirect], the parcel number from the dispatch
                e-mail is [required|needed] too. [Your|A] phone number helps the driver.""",
            "problems": """[When|If] Edit address is missing, the order is packed: use the carrier's redirect. [Should
                that fail|If that fails], the parcel comes back to us, and we [e-mail|write] to ask whether to [send it
                again|resend it] or refund. [When it is urgent|In a hurry], call us between 8 and 20.""",
        },
    ),
    "declined payment": Topic(
        names=("a declined payment", "a refused card payment"),
        actions=("sort out a declined payment", "pay after my card was refused"),
        facts={
            "rule": """[If|When] a payment is declined, we hold the order for 48 hours and [take|charge] nothing. [You
                can|You may] try three times, with the same or [a different|another] method: card, bank transfer or
                gift card. [Orders still unpaid|Unpaid orders] are then cancelled.""",
            "steps": """[Go to|Open] Orders, press Pay again and check card number, expiry date and
                [three-digit|security] code. [Confirm|Approve] the payment in your bank's app. [Should it fail|If it
                fails] again, choose bank transfer or a gift card [in its place|instead].""",
            "time": """[Your order|The order] waits 48 hours for payment. [Gift cards and cards|Cards and gift cards]
                are confirmed within a minute; a bank transfer takes [about|roughly] one working day. [An amount|Money]
                reserved by the bank is [released|freed] within seven days.""",
            "cost": """[A refused|A declined] payment costs nothing at Fernhollow, and trying again is free. [None of
                the methods|No method] carries a surcharge. [A bank|Your bank] may charge a fee for foreign cards, [and
                that|which] we cannot [change|influence].""",
            "details needed": """[Have|Keep] the order number, the card and your bank's app or code device ready.
                [Your|The] billing address must match the one the bank [has|knows]. [Do not send|Never send] full card
                numbers by [chat or e-mail|e-mail or chat].""",
            "problems": """[Frequent|Common] reasons are a limit, an expired card, a mistyped code or a
                [forgotten|missed] approval in the bank's app. [Call|Ask] your bank first, since we [receive|see] only
                a refusal. After three [failures|tries], [contact us|write to us] and we reopen the order.""",
        },
    ),
    "gift cards": Topic(
        names=("a gift card", "a gift voucher"),
        actions=("use a gift card", "pay with a gift voucher"),
        facts={
            "rule": """[Fernhollow|Our] gift cards hold from 10 to 250, [are sent|come] by e-mail and are valid for
                five years. [They can pay|They pay] for everything except [further|other] gift cards. [A card|The card]
                cannot be returned or [swapped for|changed into] cash.""",
            "steps": """[In the|At] checkout open Gift card, [enter|type] the 16-character code and press Apply.
                [Its|The] balance lowers the total at once. [Pay the remainder|Pay any rest] by card or transfer;
                unused balance stays on the gift card [for later|for next time].""",
            "time": """[The e-mail|A message] with the code arrives within one hour of payment, or on a day [you
                set|you choose]. [It stays|The card is] valid for five years from purchase. [Paying with it|A payment
                with it] is confirmed [within a minute|in under a minute].""",
            "cost": """[Each|A] gift card costs exactly its value, from 10 to 250. [Delivery|Sending it] by e-mail is
                free, and there is no [start-up|activation] or yearly fee. [A look at|Checking] the balance costs
                nothing [as well|either].""",
            "details needed": """[All it takes is|You need] the 16-character code from the e-mail, [nothing
                more|nothing else]. [A customer account|An account] is not required. [When buying one|To buy one], have
                the receiver's e-mail address, the amount and a [short greeting|greeting] ready.""",
            "problems": """[Enter|Type] the code without spaces and [watch|look] for mixed-up O and 0. [When|If] it is
                lost, send us the order number of the purchase: we [block|cancel] the old code and [issue|send] a new
                one. [At most|Up to] three cards work [in one|per] order.""",
        },
    ),
}

SUPPORT = Bank(
    notice="Synthetic sample; the shop Fernhollow and its rules are invented.",
    topics=_TOPICS,
    aspects=ASPECTS,
    frames=FRAMES,
)
