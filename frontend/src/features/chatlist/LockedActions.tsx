import { useId, useState } from "react";
import type { LockedRow } from "../../backend/types";
import { Button } from "../../components/button/Button";
import { classes } from "../../components/classes";
import { ProblemText } from "../../components/problem/ProblemText";
import { useWords } from "../../text/context";
import { AskDialog } from "./AskDialog";
import styles from "./LockedActions.module.css";
import { useJoin } from "./useJoin";

/** Props of LockedActions. */
export interface LockedActionsProps {
	row: LockedRow;
	/** Why the chat is locked is shown. */
	open: boolean;
	tabbable: boolean;
	onOpen: (chat: string) => void;
}

/** LockedActions are the way into a locked chat: Join, or why not and whom to ask. */
export function LockedActions({ row, open, tabbable, onOpen }: LockedActionsProps) {
	const words = useWords();
	const { t } = words;
	const label = useId();
	const [asking, ask] = useState(false);
	const { pending, refused, problem, join, forget } = useJoin(row, onOpen);
	const why = refused.length > 0 ? refused : row.why;
	return (
		<>
			{row.why.length === 0 && (
				<span className={classes(styles.join, pending && styles.shown)} data-join>
					<Button
						id={label}
						size="small"
						look="primary"
						pending={pending}
						tabIndex={tabbable ? 0 : -1}
						aria-label={t(pending ? "joining.pending" : "joining.joinChat", { chat: row.name })}
						onClick={join}
					>
						{t("joining.join")}
					</Button>
				</span>
			)}
			{problem && (
				<div className={styles.problem}>
					<ProblemText problem={problem} onAction={join} onDismiss={forget} />
				</div>
			)}
			{(open || refused.length > 0) && (
				<div className={styles.why} role={refused.length > 0 ? "alert" : undefined}>
					<p>{t("chatlist.locked.means")}</p>
					{why.length > 0 && (
						<>
							<ul className={styles.reasons}>
								{why.map((code) => (
									<li key={code}>{words.code("join", code)}</li>
								))}
							</ul>
							<span>
								<Button size="small" icon="people" onClick={() => ask(true)}>
									{t("joining.ask")}
								</Button>
							</span>
						</>
					)}
				</div>
			)}
			{asking && (
				<AskDialog
					row={row}
					onClose={() => ask(false)}
					onSent={(chat) => {
						ask(false);
						onOpen(chat);
					}}
				/>
			)}
		</>
	);
}
