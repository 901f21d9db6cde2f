import type { StartRow } from "../../backend/types";
import { Button } from "../../components/button/Button";
import { Icon } from "../../components/icon/Icon";
import { Spinner } from "../../components/spinner/Spinner";
import { useIntent, usePane, useValue } from "../../model/context";
import { useText, useWords } from "../../text/context";
import styles from "./Starting.module.css";

/** Starting lists the chats that are being made for a record (at home all), and those made twice. */
export function Starting({ recordKey }: { recordKey: string }) {
	const { model } = usePane();
	const t = useText();
	const rows = [...useValue(model.starts).values()].filter(
		(row) => recordKey === "" || row.record === recordKey,
	);
	if (rows.length === 0) return null;
	return (
		<ul className={styles.rows} aria-label={t("start.rows")}>
			{rows.map((row) => (
				<li key={row.id} className={styles.row}>
					<Mark state={row.state} />
					<div className={styles.words}>
						<p className={styles.title} dir="auto">
							{row.title || row.people.join(", ")}
						</p>
						<State row={row} />
					</div>
				</li>
			))}
		</ul>
	);
}

function Mark({ state }: { state: string }) {
	if (state === "sending" || state === "unsure") return <Spinner size={16} />;
	if (state === "parked") return <Icon name="failed" size={16} />;
	return <Icon name={state === "twin" ? "info" : "pending"} size={16} />;
}

function State({ row }: { row: StartRow }) {
	const { backend } = usePane();
	const words = useWords();
	const intent = useIntent();
	const { t } = words;
	const actions: [string, () => void][] = [];
	if (row.state === "parked") {
		actions.push([t("start.row.retry"), () => intent(backend.api.retry(row.id))]);
	}
	if (row.state === "parked" || row.state === "waiting") {
		actions.push([t("start.row.discard"), () => intent(backend.api.discard(row.id))]);
	}
	if (row.state === "twin") {
		actions.push([t("start.row.leave"), () => intent(backend.api.leaveTwin(row.chat, false))]);
		actions.push([t("start.row.keep"), () => intent(backend.api.leaveTwin(row.chat, true))]);
	}
	return (
		<>
			<p className={styles.state} role="status">
				{stateWords(row, t)}{" "}
				{row.state === "parked" && words.code("problem", row.reason || "other", {}, "what")}
			</p>
			{actions.length > 0 && (
				<div className={styles.actions}>
					{actions.map(([label, onClick]) => (
						<Button key={label} size="small" onClick={onClick}>
							{label}
						</Button>
					))}
				</div>
			)}
		</>
	);
}

function stateWords(row: StartRow, t: ReturnType<typeof useText>): string {
	switch (row.state) {
		case "sending":
			return t("start.state.sending");
		case "unsure":
			return t("start.state.unsure");
		case "parked":
			return t("start.state.parked");
		case "twin":
			return t("start.state.twin");
		default:
			return t(row.reason === "offline" ? "start.state.offline" : "start.state.waiting");
	}
}
