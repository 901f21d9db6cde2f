import type { ChatRecord } from "../../backend/types";
import { classes } from "../../components/classes";
import { Icon } from "../../components/icon/Icon";
import { Tooltip } from "../../components/tooltip/Tooltip";
import { useIntent, usePane } from "../../model/context";
import { useText, useWords } from "../../text/context";
import styles from "./RecordChip.module.css";

/** RecordChip is a record that the chat is connected to; a press opens it. */
export function RecordChip({ record }: { record: ChatRecord }) {
	const { backend } = usePane();
	const intent = useIntent();
	const t = useText();
	const state = useLinkState(record);
	const name = record.number === "" ? record.name : `${record.number} ${record.name}`;
	const hint = state === "" ? t("timeline.openRecord", { name }) : `${name}. ${state}`;
	return (
		<Tooltip text={hint}>
			<button
				type="button"
				className={classes(
					styles.chip,
					record.pending !== "" && styles.pending,
					record.parked !== "" && styles.parked,
				)}
				aria-label={hint}
				onClick={() => intent(backend.api.openRecord(record.key))}
			>
				{record.parked !== "" ? (
					<Icon name="failed" size={16} />
				) : (
					record.pending !== "" && <Icon name="pending" size={16} />
				)}
				<span className={styles.words} dir="auto">
					{record.number || record.name}
				</span>
			</button>
		</Tooltip>
	);
}

/** useLinkState says what a link waits for, "" when it is settled. */
function useLinkState(record: ChatRecord): string {
	const words = useWords();
	if (record.parked !== "") return words.code("problem", record.parked, {}, "what");
	if (record.pending === "link") return words.t("timeline.connecting");
	if (record.pending === "unlink") return words.t("timeline.disconnecting");
	return "";
}
