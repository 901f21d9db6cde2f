package sandbox

// The topics of cases and conversations.
const (
	topicGasket = iota
	topicRefund
	topicLogin
	topicInvoice
	topicThermostat
	topicDelivery
	topicAny // small talk of the office
)

// script is a short conversation. Its lines may hold {account}, {contact},
// {case}, {title}, {part}, {order}, {amount}, {day}, {n} and {at} (a mention),
// {img} (an inline picture), {file} (an attached file), {record} (a link).
type script struct {
	topic    int
	language string
	lines    []line
}

// line is one message: who of the conversation's people says what, as HTML.
type line struct {
	who  int
	text string
}

// scripts are all conversations, the first ones first.
var scripts = append(firstScripts, moreScripts...)

// firstRooms is how many chats keep to firstScripts in what the seed made of
// them, whatever is added later.
const firstRooms = 60

var firstScripts = []script{
	{topicGasket, "en", []line{
		{0, "<p>{contact} from {account} called: the gasket on the heat exchanger is <b>leaking again</b>. Second time since the service in March.</p>"},
		{1, "<p>Same flange as last time?</p>"},
		{0, "<p>Yes, the lower one. Photo from the customer:</p><p>{img}</p>"},
		{1, "<p>That looks like the old nitrile ring. It should be part <code>{part}</code>, the nitrile one swells above 80&nbsp;°C.</p>"},
		{2, "<p>Confirmed. Checklist for the visit:</p><ol><li>depressurise and drain</li><li>clean the seat, no scraper</li><li>fit <code>{part}</code>, torque 45&nbsp;Nm crosswise</li><li>pressure test for {n} minutes</li></ol>"},
		{0, "<p>{at} can you take it on {day}?</p>"},
		{1, "<p>Yes, I have a slot at 10. I will bring two rings, just in case 👍</p>"},
		{0, "<p>Great, I told {contact}. Order {order} is open for the parts.</p>"},
		{1, "<p>Done, tight at 6 bar. Report attached.</p>{file}"},
	}},
	{topicGasket, "en", []line{
		{0, "<p>Water under the pump housing at {account}. Is that the seal or just condensation?</p>"},
		{1, "<p>Ask whether it is warm. Warm = seal, cold = condensation.</p>"},
		{0, "<p>Warm 😬</p>"},
		{1, "<p>Then the seal. Please do <b>not</b> let them tighten the bolts, that cracks the housing.</p>"},
		{0, "<p>Told them. They can run on the second pump until {day}.</p>"},
		{2, "<p>Article with pictures: <a href=\"https://kb.contoso.example/articles/KA-01{n}7\">Replacing the seal of a P40 pump</a></p>"},
	}},
	{topicGasket, "de", []line{
		{0, "<p>Kurze Frage zu {case}: Der Flansch bei {account} tropft nach der Wartung. Welche Dichtung gehört da hinein?</p>"},
		{1, "<p>Die <b>graue</b>, Teil <code>{part}</code>. Die schwarze quillt ab 80 °C.</p>"},
		{0, "<p>Dann wurde die falsche verbaut. Foto:</p><p>{img}</p>"},
		{1, "<p>Eindeutig die schwarze. Ich lege {n} Stück für {day} zurück.</p>"},
		{0, "<p>Danke! {contact} weiß Bescheid.</p>"},
	}},
	{topicRefund, "en", []line{
		{0, "<p>{contact} asks for the refund of {amount} again. The visit was cancelled by us, so it is due, right?</p>"},
		{1, "<p>Right. Rule 4.2: cancelled by us less than 24&nbsp;h before = full refund.</p><blockquote>Refunds above 500 need a second approval.</blockquote>"},
		{0, "<p>It is {amount}. {at} could you approve?</p>"},
		{2, "<p>Approved ✅ Please note the reason in the case.</p>"},
		{0, "<p>Noted. Billing, how long until the customer sees it?</p>"},
		{1, "<p>Card: 3 to 5 working days. Transfer: {day}.</p>"},
		{0, "<p>Thanks all. {contact} is happy, I will close the case when the money has arrived.</p>"},
	}},
	{topicRefund, "en", []line{
		{0, "<p>Double charge at {account}: two times {amount} on the same day.</p><p>{img}</p>"},
		{1, "<p>I see both. The second one is a retry of our payment provider, it has no invoice.</p>"},
		{0, "<p>So we send it back?</p>"},
		{1, "<p>Already reversed, reference {order}.</p>"},
		{0, "<p>You are fast 😄</p>"},
	}},
	{topicRefund, "ja", []line{
		{0, "<p>{account}の返金の件です。{contact}様からまたお問い合わせがありました。</p>"},
		{1, "<p>金額は{amount}で合っていますか？</p>"},
		{0, "<p>はい。訪問は当社都合でキャンセルになったので、<b>全額返金</b>でお願いします。</p>"},
		{1, "<p>承認しました。着金まで{n}営業日ほどです。🙏</p>"},
		{0, "<p>ありがとうございます。お客様にお伝えします。</p>"},
	}},
	{topicLogin, "en", []line{
		{0, "<p>{account} is stuck in a login loop: password accepted, then back to the sign-in page.</p>"},
		{1, "<p>Which browser? Does it also happen in a private window?</p>"},
		{0, "<p>Both. In a private window it works <i>once</i>.</p>"},
		{1, "<p>Then it is the old cookie. Please ask for the console output.</p>"},
		{0, "<p>Here it is:</p><pre><code>SameSite=None cookie \"portal_sid\" was rejected\nGET /signin?return=%2Fhome 302\nGET /home 302</code></pre>"},
		{2, "<p>Known since the release of {day}. Workaround:</p><ul><li>clear cookies for <code>portal.contoso.example</code></li><li>sign in through the direct link, not the bookmark</li></ul>"},
		{0, "<p>Worked for {contact} 🎉 Shall I keep {case} open until the fix is out?</p>"},
		{1, "<p>Yes please. {at} adds it to the problem record.</p>"},
	}},
	{topicLogin, "de", []line{
		{0, "<p>{contact} bekommt keine Mail zum Zurücksetzen des Passworts. Spam-Ordner ist leer.</p>"},
		{1, "<p>Die Domain hat seit {day} eine neue Filterregel. Bitte <code>noreply@contoso.example</code> freigeben lassen.</p>"},
		{0, "<p>Wie lange gilt der Link?</p>"},
		{1, "<p>{n} Stunden. Danach einfach neu anfordern.</p>"},
		{0, "<p>Hat geklappt, danke 🙂</p>"},
	}},
	{topicInvoice, "en", []line{
		{0, "<p>Invoice {order} of {account} does not match the purchase order: {n} sensors ordered, one more billed.</p>{file}"},
		{1, "<p>The extra sensor was fitted on site, I have the signed sheet. Did nobody update the PO?</p>"},
		{0, "<p>The customer says no. <b>{amount}</b> is in dispute.</p>"},
		{2, "<table><tbody><tr><th>Item</th><th>Ordered</th><th>Billed</th></tr><tr><td>Sensor {part}</td><td>{n}</td><td>+1</td></tr><tr><td>Visit</td><td>1</td><td>1</td></tr></tbody></table>"},
		{1, "<p>I send {contact} the sheet. If they still disagree we credit it, it is not worth a fight.</p>"},
		{0, "<p>Agreed. {at} fyi for the monthly report.</p>"},
	}},
	{topicInvoice, "de", []line{
		{0, "<p>Auf der Rechnung {order} steht der falsche Steuersatz (7 statt 19 %).</p>"},
		{1, "<p>Stimmt, die Vorlage für {account} war alt. Ich storniere und stelle neu aus.</p>"},
		{0, "<p>Bitte an die neue Adresse, siehe {case}.</p>"},
		{1, "<p>Gemacht: {amount}, Kopie hängt an.</p>{file}"},
	}},
	{topicThermostat, "en", []line{
		{0, "<p>Thermostat at {account} drifts: reads {n}&nbsp;°C too high after two days. Recalibrated twice already.</p>"},
		{1, "<p>Is it mounted over the radiator? Classic 🙄</p>"},
		{0, "<p>No, inner wall. Readings of the last night:</p><pre><code>22:00  21.4\n00:00  22.1\n02:00  22.9\n04:00  23.6</code></pre>"},
		{2, "<p>Linear drift = reference resistor. Firmware 4.1 compensates it. Steps:</p><ol><li>update to 4.1</li><li>hold both keys for 5 s</li><li>enter the reference temperature</li></ol>"},
		{0, "<p>{contact} does the update on {day}. {at} please stay reachable.</p>"},
		{1, "<p>Sure.</p>"},
		{0, "<p>Stable since yesterday 🎯</p><p>{img}</p>"},
	}},
	{topicThermostat, "ja", []line{
		{0, "<p>{account}のサーモスタットの校正について教えてください。表示が{n}℃高いそうです。</p>"},
		{1, "<p>ファームウェアは4.1ですか？ <code>{part}</code>は4.0以前だとずれます。</p>"},
		{0, "<p>4.0でした。更新手順を送ります。</p>"},
		{1, "<p>更新後に<b>両方のボタンを5秒</b>押してください。</p>"},
		{0, "<p>直りました！ありがとうございます 🙌</p>"},
	}},
	{topicDelivery, "en", []line{
		{0, "<p>Delivery {order} for {account} is overdue by {n} days. Tracking: <a href=\"https://track.contoso.example/{order}\">{order}</a></p>"},
		{1, "<p>It sits in the depot since {day}: wrong gate on the label.</p>"},
		{0, "<p>They need the filters before the weekend. <b>Can we send a second set?</b></p>"},
		{2, "<p>{n} sets of <code>{part}</code> in stock. I can give one to the courier at 15:00.</p>"},
		{0, "<p>Please do! {at} the label must say <i>gate 4</i>.</p>"},
		{1, "<p>Label checked:</p><p>{img}</p>"},
		{0, "<p>Arrived. {contact} says thanks ❤️</p>"},
	}},
	{topicDelivery, "en", []line{
		{0, "<p>One valve is missing in the shipment to {account}.</p>"},
		{1, "<p>Packed {n}, ordered one more. My fault, I send it today.</p>"},
		{0, "<p>No problem. Reference {order}.</p>"},
	}},
	{topicAny, "en", []line{{0, "<p>Morning! Who covers the phone between 12 and 13?</p>"}, {1, "<p>Me ☎️</p>"}, {0, "<p>Perfect, thanks.</p>"}}},
	{topicAny, "en", []line{{0, "<p>Any news on {case}?</p>"}, {1, "<p>Waiting for {contact} to call back. I will write here by {day}.</p>"}, {0, "<p>OK 👍</p>"}}},
	{topicAny, "en", []line{{0, "<p>New article is out: <a href=\"https://kb.contoso.example/articles/KA-0{n}21\">What to ask before sending a technician</a>. Please use it for {title} cases.</p>"}, {1, "<p>Very useful, the checklist saves me a call each time.</p>"}, {2, "<p>+1</p>"}}},
	{topicAny, "en", []line{{0, "<p>{at} can you look at {record} when you have a minute?</p>"}, {1, "<p>On it.</p>"}, {1, "<p>The part is <code>{part}</code>, the price list is from {day}.</p>"}, {0, "<p>Thank you!</p>"}}},
	{topicAny, "en", []line{{0, "<p>Escalation from {account}: they want a call back today.</p>"}, {1, "<p>I call {contact} at {n} pm.</p>"}, {0, "<p>Call was fine, next contact on {day}.</p>"}}},
	{topicAny, "de", []line{{0, "<p>Wer ist {day} im Dienst?</p>"}, {1, "<p>Ich, ab 8 Uhr.</p>"}, {0, "<p>Super, danke dir.</p>"}}},
	{topicAny, "ja", []line{{0, "<p>{case}の進捗はいかがですか？</p>"}, {1, "<p>{contact}様のご連絡待ちです。</p>"}, {0, "<p>了解しました。</p>"}}},
}
