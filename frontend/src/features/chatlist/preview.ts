import type { ChatRow } from "../../backend/types";
import { eventWords } from "../../components/message/eventWords";
import type { Words } from "../../text/words";

/** Preview is the second line of a row. */
export interface Preview {
	readonly tone: "plain" | "quiet" | "draft" | "failed";
	/** A word in front, such as "Draft:". */
	readonly label: string;
	readonly text: string;
}

/** previewOf says what happened last in a chat; what needs the user comes before what was said. */
export function previewOf(row: ChatRow, words: Words): Preview {
	const { t } = words;
	const plain = (text: string): Preview => ({ tone: "plain", label: "", text });
	const quiet = (text: string): Preview => ({ tone: "quiet", label: "", text });
	if (row.removed) return quiet(t("chatlist.removed"));
	if (row.failed > 0) {
		return { tone: "failed", label: "", text: t("chatlist.failed", { count: row.failed }) };
	}
	if (row.draft !== "") return { tone: "draft", label: t("chatlist.draft"), text: row.draft };
	if (row.pending > 0 && row.lastText === "") return quiet(t("chatlist.sending"));
	if (row.lastGone) {
		return quiet(
			row.lastMine ? t("chatlist.goneMine") : t("chatlist.gone", { name: row.lastFrom }),
		);
	}
	if (row.lastEvent) return quiet(eventWords(row.lastEvent, words));
	if (row.lastText === "") return quiet(t("chatlist.noMessages"));
	if (row.lastMine) return plain(t("chatlist.you", { text: row.lastText }));
	if (row.kind === "oneOnOne" || row.lastFrom === "") return plain(row.lastText);
	return plain(t("chatlist.from", { name: firstName(row.lastFrom), text: row.lastText }));
}

/** firstName returns what people call somebody: the first word where there are several. */
function firstName(name: string): string {
	return name.includes(",") ? name : (name.split(" ")[0] ?? name);
}
