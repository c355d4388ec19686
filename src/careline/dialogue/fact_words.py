"""Words that are facts in a reply whatever else it says: amounts, money, roles, urgency, certainty, denial.

By language and fact; inflected forms are found by the endings of the language. A language that is not here is one in
which nothing is put into other words.
"""

from collections.abc import Mapping

FACT_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "60": "sixty",
        "70": "seventy",
        "80": "eighty",
        "90": "ninety",
        "100": "hundred",
        "1000": "thousand, grand",
        "1000000": "million",
        "12": "dozen",
        "half": "half, halves",
        "quarter": "quarter",
        "once": "once, one time",
        "twice": "twice, double, doubled",
        "percent": "percent, per cent, percentage",
        "least": "at least, minimum, no less than",
        "most": "at most, maximum, up to, no more than",
        "more": "more than, over, above",
        "less": "less than, under, below",
        "every": "every, each, daily, weekly, monthly, yearly",
        "dollar": "dollar, usd, buck",
        "euro": "euro, eur",
        "pound": "pound, gbp, quid",
        "lira": "lira, tl, try",
        "price": "price, cost, fee, charge, pay, paid, payment, deposit, expensive, cheap",
        "free": "free, free of charge, no charge, complimentary, gratis",
        "discount": "discount, offer, deal, sale, voucher, refund, bonus, gift",
        "emergency": "emergency, ambulance, hospital, a and e, casualty",
        "urgent": "urgent, urgently, immediate, immediately, at once, right away, straight away, asap",
        "danger": "danger, dangerous, risk, risky, life threatening, fatal, harmful",
        "severe": "severe, serious, grave, critical",
        "mild": "mild, minor, slight, harmless",
        "safe": "safe, safely, safety, risk free, painless",
        "cure": "cure, cured, heal, healed, diagnosis, diagnose, diagnosed, prescribe, prescription, dose",
        "sure": "guarantee, guaranteed, definitely, certain, certainly, sure, surely, promise, always, absolutely",
        "maybe": "maybe, perhaps, possibly, probably, might, could",
        "must": "must, have to, has to, need to, required, mandatory, obligatory, should",
        "only": "only, just, except, unless, until",
        "not": "not, no, never, none, nobody, nothing, without, neither, nor, cannot, cant, unable, impossible, "
        "refuse, dont, doesnt, didnt, isnt, arent, wasnt, werent, wont, wouldnt, couldnt, shouldnt, hasnt, havent, "
        "hadnt, mustnt, neednt, unavailable",
        "yes": "yes, confirmed, booked, cancelled, approved, agreed, accepted, reserved",
        "ai": "ai, artificial intelligence, bot, robot, machine",
        "human": "human, person, colleague, agent, representative, team, staff",
        "doctor": "doctor, physician, surgeon, specialist, nurse, consultant, expert, medic",
    },
    "tr": {
        "60": "altmis",
        "70": "yetmis",
        "80": "seksen",
        "90": "doksan",
        "100": "yuz",
        "1000": "bin",
        "1000000": "milyon",
        "12": "duzine",
        "half": "yarim, yari, bucuk",
        "quarter": "ceyrek",
        "once": "bir kez, bir kere, bir defa",
        "twice": "iki kat, iki kez, iki kere",
        "percent": "yuzde",
        "least": "en az, asgari",
        "most": "en fazla, en cok, azami",
        "more": "daha fazla, ustunde, fazla",
        "less": "daha az, altinda",
        "every": "her, gunluk, haftalik, aylik, yillik",
        "dollar": "dolar, usd",
        "euro": "euro, avro, eur",
        "pound": "sterlin, pound, gbp",
        "lira": "lira, tl, try",
        "price": "fiyat, ucret, bedel, tutar, odeme, kapora, depozito, pahali, ucuz",
        "free": "ucretsiz, bedava, parasiz, bedelsiz",
        "discount": "indirim, kampanya, firsat, iade, hediye",
        "emergency": "acil, acil durum, ambulans, hastane",
        "urgent": "hemen, derhal, ivedi, ivedilikle, bir an once, vakit kaybetmeden",
        "danger": "tehlike, tehlikeli, risk, riskli, olumcul, zararli",
        "severe": "siddetli, ciddi, agir, kritik",
        "mild": "hafif, onemsiz, zararsiz",
        "safe": "guvenli, guvende, risksiz, agrisiz",
        "cure": "tedavi, iyilestirme, teshis, tani, recete, doz",
        "sure": "garanti, kesin, kesinlikle, mutlaka, elbette, soz, daima, hep, tamamen",
        "maybe": "belki, galiba, muhtemelen, olabilir",
        "must": "zorunlu, gerek, gerekiyor, gerekli, sart, lazim, mecbur",
        "only": "sadece, yalnizca, yalniz, ancak, haric, disinda",
        "not": "degil, degilim, degildir, degiliz, yok, hayir, hic, hicbir, asla, olmadan, olmaz, imkansiz",
        "yes": "evet, onaylandi, onayladim, ayirtildi, iptal, iptal edildi, kabul, ayarlandi",
        "ai": "yapay zeka, yapay zekâ, bot, robot, makine",
        "human": "insan, kisi, calisma arkadasi, arkadas, temsilci, ekip, personel",
        "doctor": "doktor, hekim, cerrah, uzman, hemsire",
    },
}
"""Every fact with the words that state it, comma separated."""

DENYING_ENDINGS: Mapping[str, str] = {
    "en": r"n['’ʼ]t\b",
    "tr": r"\w(?:m[ıiuü]yor|m[ae]z(?=s|l|d|ım|im|\b)|m[ae]d[ıi]|m[ae]y[ae]c|m[ae]m[ıiae]ş|m[ae]mal|m[ae]m\b"
    r"|m[ae]y[ıi]n|s[ıiuü]z(?=\b|l|c))",
}
"""Denials that are part of a word, as regular expressions over lower case."""

HARMLESS: Mapping[str, str] = {
    "en": "a about absolutely again ah all alright also am an and another any anything are as ask at be because been "
    "but by came can cant catch clear come could couldnt course curious dear delighted did didnt do does "
    "doesnt dont else ever exactly feel for forward from fully get getting give given glad gladly go good got "
    "gotten great had happily happy has have having hear heard hello help here hey hi how however i id if ill "
    "im in into is isnt it its ive just kind kindly know known let lets like little look looking love lovely "
    "made make matter may me mean meet meeting mention mind moment more much my myself name named no not of oh "
    "ok okay on or our out over perfect perhaps please pleased pleasure properly put quite rather ready really "
    "right say saying see seem seems shall share so some something soon sorry sound sounds still such sure "
    "talk tell thank thanks that thats the their them then there these they theyre thing things think this "
    "those thrilled to today together too understand understood up us very was wasnt way we welcome well were "
    "what whats when where which while who whom whose will wish with wonderful wont would write you your youre "
    "yours yourself",
    "tr": "a acaba aciklikla ah alabilir alayim ama anladim anlamak anliyorum artik aslinda aynen bana baska ben "
    "beni benim bilgi bilmek bir biraz biri biz bize bizim bu buna bunu bunun burada buradayim buyurun cok da "
    "daha de dedim degerli demek diye diyelim dogrusu edebilir eder ederim ederiz ederseniz ediyorum efendim "
    "eger elbette en fikriniz gibi gore gun gunler guzel hadi hakkinda hala hangi harika hem herhangi hos ile "
    "ilgili isminiz isterim isterseniz istersiniz iyi iyiyim kendi ki kim konu konuda konusalim konusunda "
    "kusura lutfen memnun memnuniyetle merak merhaba mi misiniz miyim mu mumkun musunuz mutlu nasil ne nedir "
    "nerede o olabilir olan olarak oldu oldum olmak olsun olur olurum onu onun oyle ozur paylasabilir paylasir "
    "pek peki rica sanirim selam sevindim sey siz size sizi sizin sizinle soyle soylemek soyler sunu tabii tam "
    "tamam tanismak tekrar tesekkur tesekkurler uzgunum ve veya ya yani yardim yardimci yazabilir yazar yazin "
    "yine",
}
"""What other words may bring in besides those of the text itself: courtesies and small words, which say nothing."""
