import type { ChatRecord, ChatRow } from "../../backend/types";
import { classes } from "../../components/classes";
import type { IconName } from "../../components/icon/files";
import { Icon } from "../../components/icon/Icon";
import { recordIcon } from "../../components/icon/records";
import { useWords } from "../../text/context";
import type { Words } from "../../text/words";
import styles from "./RecordChips.module.css";

/** chipsOf returns the connections a row has to name: not that to the open record while all is well with it. */
function chipsOf(row: ChatRow, recordKey: string): ChatRecord[] {
	return row.records.filter((r) => r.key !== recordKey || r.pending !== "" || r.parked !== "");
}

/** chipWords says the same for screen readers. */
export function chipWords(row: ChatRow, recordKey: string, words: Words): string[] {
	return chipsOf(row, recordKey).map(
		(r) => stateOf(r, words) ?? words.t("chatlist.connectedTo", { name: r.name || r.number }),
	);
}

/** Chips names the records a chat is connected to, and connections under way. */
export function Chips({ row, recordKey }: { row: ChatRow; recordKey: string }) {
	const words = useWords();
	const [first, ...rest] = chipsOf(row, recordKey);
	if (!first) return null;
	const state = stateOf(first, words);
	return (
		<span className={classes(styles.chips, first.parked !== "" && styles.failed)}>
			<Icon name={iconOf(first)} size={16} />
			<span className={styles.name} dir="auto">
				{state ?? [first.number, first.name].filter(Boolean).join(" · ")}
			</span>
			{rest.length > 0 && (
				<span className={styles.rest}>
					{words.t("chatlist.moreRecords", { count: rest.length })}
				</span>
			)}
		</span>
	);
}

function stateOf(record: ChatRecord, { t }: Words): string | undefined {
	if (record.parked !== "") return t("chatlist.notConnected");
	if (record.pending === "link") return t("chatlist.connecting");
	if (record.pending === "unlink") return t("chatlist.disconnecting");
	return undefined;
}

function iconOf(record: ChatRecord): IconName {
	if (record.parked !== "") return "failed";
	return record.pending === "" ? recordIcon(record.table) : "pending";
}
