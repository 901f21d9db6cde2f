import { lazy, Suspense, useId, useState } from "react";
import type { LockedRow } from "../../backend/types";
import { Icon } from "../../components/icon/Icon";
import { RelativeTime } from "../../components/time/RelativeTime";
import { useWords } from "../../text/context";
import styles from "./LockedItem.module.css";

const Actions = lazy(async () => ({
	default: (await import("./LockedActions")).LockedActions,
}));

/** Props of LockedItem. */
export interface LockedItemProps {
	id: string;
	row: LockedRow;
	tabbable: boolean;
	/** Opens a chat that was joined, or in which somebody was asked. */
	onOpen: (chat: string) => void;
}

/** LockedItem is a connected chat the user is not in: what its link tells, and the way into it. */
export function LockedItem({ id, row, tabbable, onOpen }: LockedItemProps) {
	const { t } = useWords();
	const about = useId();
	const [open, setOpen] = useState(false);
	const by =
		row.by === "" ? t("chatlist.locked.byUnknown") : t("chatlist.locked.by", { name: row.by });
	const hint = t(row.why.length === 0 ? "chatlist.locked.hint" : "chatlist.locked.cannot");
	return (
		<div className={styles.item}>
			<div className={styles.row}>
				<span className={styles.lock}>
					<Icon name="lock" />
				</span>
				<div className={styles.lines}>
					<div className={styles.line}>
						<button
							type="button"
							className={styles.name}
							dir="auto"
							data-line={id}
							tabIndex={tabbable ? 0 : -1}
							aria-describedby={about}
							aria-expanded={open}
							onClick={() => setOpen(!open)}
						>
							{row.name}
						</button>
						<span className={styles.time}>
							<RelativeTime time={row.at} />
						</span>
					</div>
					<span className={styles.by} dir="auto">
						{by}
					</span>
					<span className={styles.hint}>{hint}</span>
				</div>
			</div>
			<span id={about} hidden>
				{t("chatlist.locked.state")}, {by}, {hint}
			</span>
			<Suspense>
				<Actions row={row} open={open} tabbable={tabbable} onOpen={onOpen} />
			</Suspense>
		</div>
	);
}
