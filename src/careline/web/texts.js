/**
 * What the page itself says, per language. The assistant's words come from the server.
 * A language is added by adding one entry; `{name}` and the like are filled in by `say`.
 */

const TEXTS = {
  en: {
    title: "{name}, AI assistant of {clinic}",
    badge: "AI assistant",
    disclosure: "You are talking with an AI assistant, not a person or a doctor.",
    skip: "Skip to the message box",
    earlier: "Show earlier messages",
    past: "Earlier messages",
    log: "Conversation",
    jump: "Latest messages",
    label: "Your message",
    placeholder: "Write a message",
    send: "Send",
    stop: "Stop",
    hint: "Enter sends, Shift+Enter starts a new line",
    you: "You",
    connecting: "Connecting",
    online: "Online",
    offline: "Offline",
    reconnecting: "Reconnecting",
    offlineNotice: "You are offline. What you write is kept here and sent when you are back.",
    reconnectingNotice: "The connection was lost. Trying again.",
    retryNow: "Try now",
    typing: "{name} is writing",
    sending: "Sending",
    waiting: "Waiting for the connection",
    sent: "Sent",
    refused: "Not sent: {detail}",
    stopped: "Stopped. This message was not answered.",
    edit: "Edit",
    dismiss: "Close",
    choices: "Suggested answers",
    calendar: "Add to calendar",
    newTab: "opens in a new tab",
    counter: "{used} of {limit} characters",
    tooLong: "Too long: {used} of {limit} characters",
    emergencyTitle: "Get help now",
    call: "Call {number}",
    welcome: "How can I help you?",
    welcomeMore: "Write in your own words, or start with one of these.",
    starters: ["I would like to book a consultation", "What does it cost?", "What happens in the consultation?"],
    error: "Something went wrong. Please try again.",
    tooLarge: "The message is too long for the server.",
    tooFast: "That was a little fast. The message will be sent in a moment.",
    busy: "The service is busy. The message is kept and will be sent in a moment.",
  },
  tr: {
    title: "{name}, {clinic} yapay zekâ asistanı",
    badge: "Yapay zekâ asistanı",
    disclosure: "Bir insanla ya da doktorla değil, bir yapay zekâ asistanıyla yazışıyorsunuz.",
    skip: "Mesaj kutusuna geç",
    earlier: "Önceki mesajları göster",
    past: "Önceki mesajlar",
    log: "Görüşme",
    jump: "Son mesajlar",
    label: "Mesajınız",
    placeholder: "Bir mesaj yazın",
    send: "Gönder",
    stop: "Durdur",
    hint: "Enter gönderir, Shift+Enter yeni satır açar",
    you: "Siz",
    connecting: "Bağlanıyor",
    online: "Çevrimiçi",
    offline: "Çevrimdışı",
    reconnecting: "Yeniden bağlanıyor",
    offlineNotice: "Çevrimdışısınız. Yazdıklarınız burada saklanır ve bağlantı gelince gönderilir.",
    reconnectingNotice: "Bağlantı koptu. Yeniden deneniyor.",
    retryNow: "Şimdi dene",
    typing: "{name} yazıyor",
    sending: "Gönderiliyor",
    waiting: "Bağlantı bekleniyor",
    sent: "Gönderildi",
    refused: "Gönderilemedi: {detail}",
    stopped: "Durduruldu. Bu mesaj yanıtlanmadı.",
    edit: "Düzenle",
    dismiss: "Kapat",
    choices: "Önerilen yanıtlar",
    calendar: "Takvime ekle",
    newTab: "yeni sekmede açılır",
    counter: "{used} / {limit} karakter",
    tooLong: "Çok uzun: {used} / {limit} karakter",
    emergencyTitle: "Hemen yardım alın",
    call: "{number} numarasını ara",
    welcome: "Size nasıl yardımcı olabilirim?",
    welcomeMore: "Kendi cümlelerinizle yazın ya da bunlardan biriyle başlayın.",
    starters: ["Görüşme randevusu almak istiyorum", "Fiyatlar ne kadar?", "Görüşmede neler oluyor?"],
    error: "Bir sorun oluştu. Lütfen yeniden deneyin.",
    tooLarge: "Mesaj sunucu için çok uzun.",
    tooFast: "Biraz hızlı oldu. Mesajınız birazdan gönderilecek.",
    busy: "Hizmet şu anda yoğun. Mesajınız saklandı, birazdan gönderilecek.",
  },
  ar: {
    title: "{name}، مساعد الذكاء الاصطناعي في {clinic}",
    badge: "مساعد ذكاء اصطناعي",
    disclosure: "أنت تتحدث مع مساعد يعمل بالذكاء الاصطناعي، وليس مع إنسان أو طبيب.",
    skip: "انتقل إلى مربع الرسالة",
    earlier: "عرض الرسائل السابقة",
    past: "الرسائل السابقة",
    log: "المحادثة",
    jump: "أحدث الرسائل",
    label: "رسالتك",
    placeholder: "اكتب رسالة",
    send: "إرسال",
    stop: "إيقاف",
    hint: "يُرسل المفتاح Enter الرسالة، وShift+Enter يبدأ سطرًا جديدًا",
    you: "أنت",
    connecting: "جارٍ الاتصال",
    online: "متصل",
    offline: "غير متصل",
    reconnecting: "جارٍ إعادة الاتصال",
    offlineNotice: "أنت غير متصل. ما تكتبه محفوظ هنا وسيُرسل عند عودة الاتصال.",
    reconnectingNotice: "انقطع الاتصال. نحاول مرة أخرى.",
    retryNow: "حاول الآن",
    typing: "يكتب {name} الآن",
    sending: "جارٍ الإرسال",
    waiting: "في انتظار الاتصال",
    sent: "أُرسلت",
    refused: "لم تُرسل: {detail}",
    stopped: "تم الإيقاف. لم تتم الإجابة عن هذه الرسالة.",
    edit: "تعديل",
    dismiss: "إغلاق",
    choices: "إجابات مقترحة",
    calendar: "أضف إلى التقويم",
    newTab: "يُفتح في علامة تبويب جديدة",
    counter: "{used} من {limit} حرفًا",
    tooLong: "طويلة جدًا: {used} من {limit} حرفًا",
    emergencyTitle: "اطلب المساعدة الآن",
    call: "اتصل بالرقم {number}",
    welcome: "كيف يمكنني مساعدتك؟",
    welcomeMore: "اكتب بكلماتك الخاصة، أو ابدأ بواحدة من هذه.",
    starters: ["أود حجز استشارة", "كم التكلفة؟", "ماذا يحدث في الاستشارة؟"],
    error: "حدث خطأ ما. يُرجى المحاولة مرة أخرى.",
    tooLarge: "الرسالة أطول مما يقبله الخادم.",
    tooFast: "كان ذلك سريعًا بعض الشيء. ستُرسل الرسالة بعد لحظات.",
    busy: "الخدمة مشغولة. الرسالة محفوظة وستُرسل بعد لحظات.",
  },
};

const RIGHT_TO_LEFT = new Set(["ar", "fa", "he", "ur"]);

/** The first of the wanted BCP 47 tags whose language the page speaks, else English. */
export function chooseLanguage(wanted) {
  const languages = wanted.map((tag) => tag.toLowerCase().split("-")[0]);
  return languages.find((language) => language in TEXTS) ?? "en";
}

export function direction(language) {
  return RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
}

/** A function that gives the text of a key in this language, with `{placeholders}` filled in. */
export function texts(language) {
  const entries = TEXTS[language];
  return (key, values = {}) => {
    const text = entries[key];
    if (typeof text !== "string") return text;
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  };
}
