import type { Messages } from "@lingui/core";
import { describe, expect, it } from "vitest";
import type { Event } from "../../backend/types";
import de from "../../text/de.json";
import en from "../../text/en.json";
import { makeWords } from "../../text/words";
import { eventWords } from "./eventWords";

const words = {
	en: makeWords("en", en as unknown as Messages, "en-GB"),
	de: makeWords("de", de as unknown as Messages, "de-DE"),
};

const event = (part: Partial<Event>): Event => ({
	kind: "",
	by: "",
	byApp: false,
	names: [],
	me: false,
	topic: "",
	history: false,
	...part,
});

describe("eventWords", () => {
	it.each<[string, Partial<Event>, string, string]>([
		[
			"a person added one",
			{ kind: "membersAdded", by: "Ada", names: ["Bo"] },
			"Ada added Bo to the chat.",
			"Ada hat Bo zum Chat hinzugefügt.",
		],
		[
			"an application added one with all history",
			{ kind: "membersAdded", by: "Chatpane Join", byApp: true, names: ["Bo"], history: true },
			"Chatpane Join added Bo to the chat and shared all chat history.",
			"Chatpane Join hat Bo zum Chat hinzugefügt und den gesamten Chatverlauf geteilt.",
		],
		[
			"an application without a name",
			{ kind: "membersAdded", byApp: true, names: ["Bo"] },
			"An application added Bo to the chat.",
			"Eine Anwendung hat Bo zum Chat hinzugefügt.",
		],
		[
			"nobody is known to have done it",
			{ kind: "membersAdded", names: ["Bo", "Cy"] },
			"Bo and Cy were added to the chat.",
			"Bo und Cy wurden zum Chat hinzugefügt.",
		],
		[
			"some names are not known",
			{ kind: "membersDeleted", by: "Ada", names: ["Bo", "", ""] },
			"Ada removed Bo and 2 others from the chat.",
			"Ada hat Bo und 2 weitere Personen aus dem Chat entfernt.",
		],
		[
			"no name is known",
			{ kind: "membersAdded", by: "Ada", names: ["", ""] },
			"Ada added 2 people to the chat.",
			"Ada hat 2 Personen zum Chat hinzugefügt.",
		],
		[
			"one left",
			{ kind: "membersLeft", names: ["Bo"] },
			"Bo left the chat.",
			"Bo hat den Chat verlassen.",
		],
		[
			"several joined",
			{ kind: "membersJoined", names: ["Bo", "Cy"] },
			"Bo and Cy joined the chat.",
			"Bo und Cy sind dem Chat beigetreten.",
		],
		[
			"renamed",
			{ kind: "chatRenamed", by: "Ada", topic: "Leak" },
			"Ada renamed the chat to “Leak”.",
			"Ada hat den Chat in „Leak“ umbenannt.",
		],
		[
			"the name was taken away",
			{ kind: "chatRenamed", by: "Ada" },
			"Ada removed the name of the chat.",
			"Ada hat den Namen des Chats entfernt.",
		],
		["a call began", { kind: "callStarted" }, "A call started.", "Ein Anruf hat begonnen."],
		["a call ended", { kind: "callEnded", by: "Ada" }, "The call ended.", "Der Anruf ist beendet."],
		[
			"a kind of tomorrow",
			{ kind: "moonLanded", by: "Ada" },
			"The chat was changed.",
			"Der Chat wurde geändert.",
		],
	])("%s", (_, part, english, german) => {
		expect(eventWords(event(part), words.en)).toBe(english);
		expect(eventWords(event(part), words.de)).toBe(german);
	});
});
