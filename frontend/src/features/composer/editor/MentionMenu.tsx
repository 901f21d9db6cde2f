import { Avatar } from "../../../components/avatar/Avatar";
import { classes } from "../../../components/classes";
import { usePane, useValue } from "../../../model/context";
import { useText } from "../../../text/context";
import type { Candidate } from "../candidates";
import styles from "./MentionMenu.module.css";

/** Props of MentionMenu. */
export interface MentionMenuProps {
	id: string;
	candidates: readonly Candidate[];
	/** Index of the one that Enter takes. */
	chosen: number;
	onChoose: (candidate: Candidate) => void;
}

/** MentionMenu lists who can be mentioned; the focus stays in the editor. */
export function MentionMenu({ id, candidates, chosen, onChoose }: MentionMenuProps) {
	const { backend, model } = usePane();
	const t = useText();
	const presence = useValue(model.presence);
	return (
		<div id={id} className={styles.menu} role="listbox" aria-label={t("composer.people")}>
			{candidates.map((c, i) => (
				// biome-ignore lint/a11y/useKeyWithClickEvents: the editor has the focus and its keys choose
				<div
					key={c.id}
					id={`${id}-${i}`}
					role="option"
					tabIndex={-1}
					aria-selected={i === chosen}
					className={classes(styles.option, i === chosen && styles.chosen)}
					// The editor keeps the focus and its caret.
					onPointerDown={(event) => event.preventDefault()}
					onClick={() => onChoose(c)}
				>
					<Avatar
						name={c.name}
						photo={c.everyone ? "" : backend.photo(c.user)}
						shape={c.everyone ? "square" : "round"}
						size={32}
						availability={c.everyone ? undefined : presence.get(c.user)?.availability}
					/>
					<span className={styles.words}>
						<span className={styles.name} dir="auto">
							{c.name}
						</span>
						<span className={styles.note}>
							{c.everyone ? t("composer.everyoneMeans") : c.email}
						</span>
					</span>
				</div>
			))}
		</div>
	);
}
