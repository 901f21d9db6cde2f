import type { MessageRow } from "../../backend/types";
import { eventWords } from "../../components/message/eventWords";
import type { Words } from "../../text/words";

const longest = 400;

/** senderName is who wrote a message, in words: never an empty text. */
export function senderName(message: MessageRow, words: Words): string {
	if (message.me) return words.t("message.you");
	if (message.from.name !== "") return message.from.name;
	return words.t(message.app ? "event.application" : "message.someone");
}

/** spokenMessage is a message as one sentence, for screen readers: who and what. */
export function spokenMessage(message: MessageRow, words: Words): string {
	if (message.event) return eventWords(message.event, words);
	const name = senderName(message, words);
	if (message.deleted) return words.t("message.spokenDeleted", { name });
	if (message.blocked) return words.t("message.spokenBlocked", { name });
	const text =
		message.plain.length > longest ? `${message.plain.slice(0, longest)}…` : message.plain;
	return words.t("message.spoken", { name, text });
}
