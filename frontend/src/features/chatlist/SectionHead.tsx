import { type KeyboardEvent, lazy, Suspense, useState } from "react";
import { CountBadge } from "../../components/badge/Badge";
import { IconButton } from "../../components/button/IconButton";
import { classes } from "../../components/classes";
import { Icon } from "../../components/icon/Icon";
import { useIntent, usePane, useRow } from "../../model/context";
import type { StartForm } from "../../model/views";
import { useWords } from "../../text/context";
import type { Item } from "./items";
import styles from "./SectionHead.module.css";
import { typeWord } from "./typeWord";

const JoinAll = lazy(async () => ({ default: (await import("./JoinAll")).JoinAll }));

/** Props of SectionHead. */
export interface SectionHeadProps {
	item: Extract<Item, { kind: "head" }>;
	recordKey: string;
	tabbable: boolean;
	onStart: (form: StartForm) => void;
}

/** SectionHead names a section, counts its unread chats and folds it. */
export function SectionHead({ item, recordKey, tabbable, onStart }: SectionHeadProps) {
	const { model } = usePane();
	const words = useWords();
	const { t } = words;
	const run = useIntent();
	const record = useRow(model.records, recordKey);
	const { kind, folded, section } = item.section;
	const title =
		kind === "thisRecord" || kind === "extra"
			? t("chatlist.thisRecord", { type: typeWord(words, record?.typeName ?? "") })
			: t(`chatlist.${kind}`);
	const fold = (close: boolean) => {
		if (close === folded) return;
		const others = model.settings.get().folded.filter((k) => k !== kind);
		run(model.save({ folded: close ? [...others, kind] : others }));
	};
	// It stays once it was there: its results outlive the locked rows.
	const [several, setSeveral] = useState(false);
	if (!several && section.locked.length > 1) setSeveral(true);
	return (
		<div className={styles.head}>
			<h2 className={styles.title}>
				<button
					type="button"
					id={`section-${kind}`}
					data-line={item.id}
					tabIndex={tabbable ? 0 : -1}
					className={styles.fold}
					aria-expanded={!folded}
					onClick={() => fold(!folded)}
					onKeyDown={(event) => foldByArrow(event, fold)}
				>
					<span className={classes(styles.chevron, folded && styles.closed)}>
						<Icon name="down" size={16} />
					</span>
					<span className={styles.name}>{title}</span>
				</button>
			</h2>
			<CountBadge count={section.unread} label={t("chatlist.unread", { count: section.unread })} />
			{several && (
				<Suspense>
					<JoinAll recordKey={recordKey} locked={section.locked} />
				</Suspense>
			)}
			{kind === "thisRecord" && record?.enabled && (
				<IconButton
					icon="add"
					label={t("chatlist.newConnected")}
					onClick={() => onStart({ record: recordKey, people: [] })}
				/>
			)}
		</div>
	);
}

function foldByArrow(event: KeyboardEvent, fold: (close: boolean) => void): void {
	if (event.key === "ArrowLeft") fold(true);
	else if (event.key === "ArrowRight") fold(false);
}
