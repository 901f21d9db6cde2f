import type { SearchHit } from "../../backend/types";
import { Avatar } from "../../components/avatar/Avatar";
import { classes } from "../../components/classes";
import { Icon } from "../../components/icon/Icon";
import { RelativeTime } from "../../components/time/RelativeTime";
import { usePane } from "../../model/context";
import { useText } from "../../text/context";
import { idOf } from "./groups";
import styles from "./Result.module.css";

/** Props of Result. */
export interface ResultProps {
	hit: SearchHit;
	/** It is the one in the tab order. */
	tabbable: boolean;
	/** It is open beside the results. */
	selected: boolean;
	onOpen: (hit: SearchHit) => void;
}

/** Result is one message that was found: who, when, and the words around what was looked for. */
export function Result({ hit, tabbable, selected, onOpen }: ResultProps) {
	const { backend, model } = usePane();
	const t = useText();
	const account = model.account.get();
	const name = hit.me
		? t("message.you")
		: hit.from.name || t(hit.app ? "event.application" : "message.someone");
	return (
		<button
			type="button"
			className={classes(styles.result, selected && styles.selected)}
			data-hit={idOf(hit)}
			tabIndex={tabbable ? 0 : -1}
			aria-current={selected || undefined}
			onClick={() => onOpen(hit)}
		>
			<Avatar
				name={(hit.me && account?.name) || name}
				photo={hit.from.id === "" || hit.app ? "" : backend.photo(hit.from.id)}
				shape={hit.app ? "square" : "round"}
				size={32}
			/>
			<span className={styles.words}>
				<span className={styles.line}>
					<span className={styles.name} dir="auto">
						{name}
					</span>
					<Marks hit={hit} />
					<span className={styles.time}>
						<span className="hidden">, </span>
						<RelativeTime time={hit.time} />
						<span className="hidden">: </span>
					</span>
				</span>
				<span className={styles.snippet} dir="auto">
					{hit.snippet.map((span, i) =>
						span.hit ? (
							// biome-ignore lint/suspicious/noArrayIndexKey: a snippet never changes its parts
							<mark key={i}>{span.text}</mark>
						) : (
							span.text
						),
					)}
				</span>
				<Files hit={hit} />
			</span>
		</button>
	);
}

function Marks({ hit }: { hit: SearchHit }) {
	const t = useText();
	return (
		<>
			{hit.mentionsMe && (
				<span className={styles.mention} title={t("search.mentionsMe")}>
					<Icon name="mention" size={16} />
					<span className="hidden">, {t("search.mentionsMe")}</span>
				</span>
			)}
			{hit.edited && <span className={styles.edited}>{t("search.edited")}</span>}
		</>
	);
}

function Files({ hit }: { hit: SearchHit }) {
	const t = useText();
	const [first, ...rest] = hit.files;
	if (!first) return null;
	return (
		<span className={styles.files} title={t("search.file", { count: hit.files.length })}>
			<Icon name="file" size={16} />
			<span className={styles.file} dir="auto">
				{first.name}
			</span>
			{rest.length > 0 && <span>+{rest.length}</span>}
		</span>
	);
}
