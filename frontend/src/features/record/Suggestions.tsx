import type { Picker, RecordRow } from "../../backend/types";
import { Icon } from "../../components/icon/Icon";
import { recordIcon } from "../../components/icon/records";
import { ProblemText } from "../../components/problem/ProblemText";
import { useText } from "../../text/context";
import styles from "./OpenRecord.module.css";
import { looksLikeLink } from "./useFindRecords";

/** Props of Suggestions. */
export interface SuggestionsProps {
	query: string;
	picker: Picker | null;
	/** Given a record key or an address. */
	onOpen: (target: string) => void;
}

/** Suggestions lists the records that the field of OpenRecord could mean. */
export function Suggestions({ query, picker, onOpen }: SuggestionsProps) {
	const t = useText();
	if (looksLikeLink(query)) {
		return (
			<button type="button" data-suggestion className={styles.row} onClick={() => onOpen(query)}>
				<Icon name="connect" />
				<span className={styles.name}>{t("record.openLink")}</span>
			</button>
		);
	}
	if (!picker) return null;
	const { found, recent, mine } = picker;
	const shown = query === "" ? [recent, mine] : [found];
	return (
		<>
			{picker.problem && (
				<div className={styles.problem}>
					<ProblemText problem={picker.problem} />
				</div>
			)}
			{picker.state === "offline" && (
				<p className={styles.note}>
					<Icon name="offline" size={16} /> {t("record.pickerOffline")}
				</p>
			)}
			<p className="hidden" role="status">
				{query !== "" && t("record.results", { count: found.length })}
			</p>
			{query !== "" ? (
				<Group title={t("record.found")} rows={found} onOpen={onOpen} />
			) : (
				<>
					<Group title={t("record.recent")} rows={recent} onOpen={onOpen} />
					<Group title={t("record.mine")} rows={mine} onOpen={onOpen} />
				</>
			)}
			{shown.every((rows) => rows.length === 0) && (
				<p className={styles.note}>
					{query === "" ? t("record.nothingYet") : t("record.nothing", { query })}
				</p>
			)}
		</>
	);
}

function Group(props: { title: string; rows: RecordRow[]; onOpen: (key: string) => void }) {
	if (props.rows.length === 0) return null;
	return (
		<section aria-label={props.title}>
			<h2 className={styles.title}>{props.title}</h2>
			<ul>
				{props.rows.map((record) => (
					<li key={record.key}>
						<button
							type="button"
							data-suggestion
							className={styles.row}
							onClick={() => props.onOpen(record.key)}
						>
							<Icon name={recordIcon(record.table)} />
							<span className={styles.words}>
								<span className={styles.name} dir="auto">
									{record.name || record.number}
								</span>
								<span className={styles.facts}>
									{[record.number, record.customer].filter(Boolean).join(" · ")}
								</span>
							</span>
						</button>
					</li>
				))}
			</ul>
		</section>
	);
}
