package sandbox

import (
	"slices"
	"strings"
	"unicode"
)

// answers are what colleagues say when nothing better fits, by language.
var answers = map[string][]string{
	"en": {"Thanks, I will look at it now.", "Good point. I check and write here.", "Done 👍", "On it. Give me ten minutes.",
		"Yes, that fits what the customer told me.", "Can you add it to the case, please?", "I will call them and tell you.", "Understood, thank you!"},
	"de": {"Danke, ich schaue es mir gleich an.", "Erledigt 👍", "Mache ich, gib mir zehn Minuten.", "Ja, passt zu dem, was der Kunde gesagt hat."},
	"ja": {"ありがとうございます。確認します。", "了解しました 👍", "お客様に連絡してみます。"},
}

// cue is what a message may hold and what fits as an answer, by language.
type cue struct {
	words []string
	say   map[string][]string
}

// cues in the order in which they are looked for.
var cues = []cue{
	{[]string{"thank", "thx", "danke", "ありがとう", "助かり"}, map[string][]string{
		"en": {"You're welcome 🙂", "Any time!", "Glad it worked."},
		"de": {"Gern geschehen 🙂", "Jederzeit!", "Freut mich, dass es geklappt hat."},
		"ja": {"どういたしまして 🙂", "いつでもどうぞ。"},
	}},
	{[]string{"hello", "hi ", "good morning", "hallo", "guten morgen", "moin", "こんにちは", "おはよう", "お疲れ"}, map[string][]string{
		"en": {"Hi! What can I do for you?", "Hello 👋 I am at my desk.", "Morning! I was just reading the case."},
		"de": {"Hallo! Was kann ich tun?", "Moin 👋 bin am Platz."},
		"ja": {"お疲れ様です。ご用件は何でしょうか。", "こんにちは 👋 すぐ対応できます。"},
	}},
	{[]string{"when", "how long", "wann", "wie lange", "いつ", "何日"}, map[string][]string{
		"en": {"Tomorrow before ten, if the part arrives today.", "By the end of the day.", "I have asked the planner, the answer comes this afternoon."},
		"de": {"Morgen vor zehn, wenn das Teil heute kommt.", "Bis heute Abend.", "Die Disposition meldet sich heute Nachmittag."},
		"ja": {"部品が届けば明日の10時までに対応できます。", "本日中にご連絡します。"},
	}},
	{[]string{"who ", "wer ", "誰", "どなた"}, map[string][]string{
		"en": {"I can take it.", "I am on duty until five, give it to me."},
		"de": {"Ich übernehme das.", "Ich habe bis fünf Dienst, gib es mir."},
		"ja": {"私が担当します。", "17時まで当番ですので、私にお任せください。"},
	}},
	{[]string{"refund", "invoice", "price", "rechnung", "erstattung", "preis", "返金", "請求", "価格"}, map[string][]string{
		"en": {"I check the booking and put the number here.", "That needs billing. I have asked them, they answer within the hour."},
		"de": {"Ich prüfe die Buchung und schreibe die Nummer hier hinein.", "Das muss die Abrechnung sehen, ich habe nachgefragt."},
		"ja": {"入金記録を確認して、番号をここに書きます。", "経理に確認しています。1時間以内に返事が来ます。"},
	}},
	{[]string{"part", "gasket", "seal", "pump", "teil", "dichtung", "pumpe", "部品", "ガスケット"}, map[string][]string{
		"en": {"Two of them are on the van, I can bring one today.", "Please send me the number on the old one, then I order the right one."},
		"de": {"Zwei davon liegen im Wagen, ich bringe heute eines mit.", "Schick mir bitte die Nummer auf dem alten, dann bestelle ich das richtige."},
		"ja": {"在庫が2個あります。本日お持ちします。", "古い部品の番号を教えてください。"},
	}},
	{[]string{"?", "？"}, map[string][]string{
		"en": {"Yes, as far as I can see. I note it in the case.", "I have to look that up, two minutes.", "Let me ask Elena, she wrote the article."},
		"de": {"Ja, so weit ich sehe. Ich vermerke es im Vorgang.", "Das muss ich nachschlagen, zwei Minuten.", "Ich frage Elena, von ihr ist der Artikel."},
		"ja": {"はい、その認識で合っています。案件に記録します。", "確認しますので少しお待ちください。"},
	}},
}

// answerTo are the answers that fit a text. They are in its language, or in the
// speaker's own when the text does not show any.
func answerTo(text, own string) []string {
	language := languageOf(text, own)
	text = strings.ToLower(text) + " "
	for _, c := range cues {
		if slices.ContainsFunc(c.words, func(w string) bool { return strings.Contains(text, w) }) {
			return c.say[language]
		}
	}
	return answers[language]
}

// languageOf guesses the language of a text among those of the company.
func languageOf(text, otherwise string) string {
	for _, r := range text {
		if unicode.In(r, unicode.Hiragana, unicode.Katakana) {
			return "ja"
		}
	}
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	count := func(known ...string) (n int) {
		for _, w := range words {
			if slices.Contains(known, w) {
				n++
			}
		}
		return n
	}
	de := count("der", "die", "das", "und", "ist", "nicht", "ich", "wir", "bitte", "danke", "hallo", "wann", "wer", "für", "mit", "auf", "ein", "eine", "kann", "noch")
	en := count("the", "and", "is", "not", "i", "we", "please", "thanks", "hello", "when", "who", "for", "with", "on", "a", "an", "can", "you", "to", "it")
	switch {
	case de > en:
		return "de"
	case en > de:
		return "en"
	}
	return otherwise
}
