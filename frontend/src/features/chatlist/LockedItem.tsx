import { useId, useState } from "react";
import type { LockedRow } from "../../backend/types";
import { Icon } from "../../components/icon/Icon";
import { RelativeTime } from "../../components/time/RelativeTime";
import { useWords } from "../../text/context";
import styles from "./LockedItem.module.css";

/** LockedItem is a connected chat the user is not in: what its link tells, and why no more. */
export function LockedItem({
	id,
	row,
	tabbable,
}: {
	id: string;
	row: LockedRow;
	tabbable: boolean;
}) {
	const words = useWords();
	const { t } = words;
	const about = useId();
	const [open, setOpen] = useState(false);
	const by =
		row.by === "" ? t("chatlist.locked.byUnknown") : t("chatlist.locked.by", { name: row.by });
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
				</div>
			</div>
			<span id={about} hidden>
				{t("chatlist.locked.state")}, {by}
			</span>
			{open && (
				<div className={styles.why}>
					<p>{t("chatlist.locked.means")}</p>
					{row.why.map((code) => (
						<p key={code}>{words.code("join", code)}</p>
					))}
					{row.by !== "" && <p>{t("chatlist.locked.ask", { name: row.by })}</p>}
				</div>
			)}
		</div>
	);
}
