import { type KeyboardEvent, useRef, useState } from "react";
import { toProblem } from "../../backend/problem";
import type { Problem } from "../../backend/types";
import { TextField } from "../../components/field/TextField";
import { ProblemText } from "../../components/problem/ProblemText";
import { Spinner } from "../../components/spinner/Spinner";
import { useIntent, usePane } from "../../model/context";
import { useText } from "../../text/context";
import styles from "./OpenRecord.module.css";
import { Suggestions } from "./Suggestions";
import { looksLikeLink, useFindRecords } from "./useFindRecords";

/**
 * OpenRecord is the field that opens a record: paste its address, or search by
 * name or number. Focus shows recent records and the user's own cases.
 */
export function OpenRecord() {
	const { backend } = usePane();
	const t = useText();
	const run = useIntent();
	const box = useRef<HTMLDivElement>(null);
	const [text, setText] = useState("");
	const [shown, setShown] = useState(false);
	const [opening, setOpening] = useState(false);
	const [problem, setProblem] = useState<Problem | null>(null);
	const picker = useFindRecords(text, shown);

	const open = async (target: string) => {
		setOpening(true);
		setProblem(null);
		try {
			await backend.api.openRecord(target);
			setText("");
			setShown(false);
			box.current?.querySelector("input")?.blur();
		} catch (error) {
			// What was typed stays, to be corrected.
			setProblem(toProblem(error));
		} finally {
			setOpening(false);
		}
	};
	const enter = () => {
		const query = text.trim();
		if (query === "") return;
		const first = picker?.found[0];
		if (first && !looksLikeLink(query)) return open(first.key);
		return open(query);
	};
	return (
		// biome-ignore lint/a11y/noStaticElementInteractions: it only moves the focus among its own controls
		<div
			ref={box}
			className={styles.box}
			onKeyDown={(event) => {
				if (event.key === "Escape" && shown) {
					event.stopPropagation();
					setShown(false);
					box.current?.querySelector("input")?.focus();
				} else moveThrough(event);
			}}
			onBlur={(event) => {
				if (!event.currentTarget.contains(event.relatedTarget)) setShown(false);
			}}
		>
			<TextField
				bare
				label={t("record.open")}
				icon="search"
				placeholder={t("record.placeholder")}
				value={text}
				onChange={(value) => {
					setText(value);
					setProblem(null);
					setShown(true);
				}}
				onFocus={() => setShown(true)}
				onClick={() => setShown(true)}
				onKeyDown={(event) => {
					if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
					event.preventDefault();
					void enter();
				}}
				aria-keyshortcuts="Control+L"
				data-shortcut="record"
				end={opening && <Spinner size={16} />}
			/>
			{shown && (
				<div className={styles.popup}>
					{problem && (
						<div className={styles.problem}>
							<ProblemText
								problem={problem}
								onAction={() =>
									problem.action === "openLink"
										? run(backend.api.openExternal(problem.url))
										: void enter()
								}
							/>
						</div>
					)}
					<Suggestions query={text.trim()} picker={picker} onOpen={(target) => void open(target)} />
				</div>
			)}
		</div>
	);
}

/** moveThrough lets the arrows walk from the field into the suggestions and back. */
function moveThrough(event: KeyboardEvent<HTMLElement>): void {
	if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
	const stops = [...event.currentTarget.querySelectorAll<HTMLElement>("input, [data-suggestion]")];
	const at = stops.indexOf(document.activeElement as HTMLElement);
	const next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
	if (!next) return;
	event.preventDefault();
	next.focus();
}
