import type { SearchHit } from "../../backend/types";
import { Icon } from "../../components/icon/Icon";
import { recordIcon } from "../../components/icon/records";
import { useText } from "../../text/context";
import { type Group, idOf } from "./groups";
import { Result } from "./Result";
import styles from "./Results.module.css";

/** Props of Results. */
export interface ResultsProps {
	groups: readonly Group[];
	/** Id of the hit in the tab order. */
	current: string;
	/** Id of the message that is open beside the results, "" = none. */
	open: string;
	onOpen: (hit: SearchHit) => void;
}

/** Results shows what was found, chat by chat. */
export function Results({ groups, current, open, onOpen }: ResultsProps) {
	return groups.map((group, i) => (
		<div key={group.key} className={styles.group}>
			<Head id={`search-group-${i}`} hit={group.head} />
			<ul className={styles.hits} aria-labelledby={`search-group-${i}`}>
				{group.hits.map((hit) => (
					<li key={idOf(hit)}>
						<Result
							hit={hit}
							tabbable={idOf(hit) === current}
							selected={open !== "" && hit.id === open}
							onOpen={onOpen}
						/>
					</li>
				))}
			</ul>
		</div>
	));
}

/** Head names the chat of a group, and the first of its records. */
function Head({ id, hit }: { id: string; hit: SearchHit }) {
	const t = useText();
	const [record] = hit.records;
	return (
		<h3 id={id} className={styles.head}>
			<Icon name={hit.kind === "oneOnOne" ? "chat" : "chats"} size={16} />
			<span className={styles.title} dir="auto">
				{hit.title || t("timeline.onlyYou")}
			</span>
			{record && (
				<span className={styles.record} title={record.name}>
					<Icon name={recordIcon(record.table)} size={16} />
					<span className={styles.number} dir="auto">
						{record.number || record.name}
					</span>
				</span>
			)}
		</h3>
	);
}
