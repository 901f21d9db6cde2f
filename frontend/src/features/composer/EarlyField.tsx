import { type RefObject, useState } from "react";
import { IconButton } from "../../components/button/IconButton";
import { useText } from "../../text/context";
import styles from "./Composer.module.css";
import { type Doc, fromPlain } from "./doc";

/** Props of EarlyField. */
export interface EarlyFieldProps {
	/** The draft as plain text. */
	first: string;
	enterSends: boolean;
	canSend: boolean;
	onChange: (doc: Doc) => void;
	onSend: () => void;
	/** Where the editor finds what was typed here. */
	early: RefObject<{ text: string; focused: boolean } | null>;
}

/** EarlyField takes what is typed before the editor is there, and can already send it. */
export function EarlyField({
	first,
	enterSends,
	canSend,
	onChange,
	onSend,
	early,
}: EarlyFieldProps) {
	const t = useText();
	const [text, setText] = useState(first);
	const keep = (next: string, focused: boolean) => {
		early.current = { text: next, focused };
	};
	const submit = () => {
		onSend();
		setText("");
		keep("", true);
	};
	return (
		<div className={styles.box}>
			<textarea
				className={styles.early}
				aria-label={t("composer.label")}
				placeholder={t("composer.label")}
				rows={1}
				dir="auto"
				value={text}
				onFocus={() => keep(text, true)}
				onBlur={() => keep(text, false)}
				onChange={(event) => {
					setText(event.target.value);
					keep(event.target.value, true);
					onChange(fromPlain(event.target.value));
				}}
				onKeyDown={(event) => {
					const { isComposing, keyCode } = event.nativeEvent;
					if (event.key !== "Enter" || isComposing || keyCode === 229) return;
					if (event.shiftKey === enterSends) return;
					event.preventDefault();
					if (canSend) submit();
				}}
			/>
			<div className={styles.bar}>
				<span className={styles.gap} />
				<IconButton
					icon="send"
					label={t("composer.send")}
					aria-disabled={!canSend}
					onClick={() => canSend && submit()}
				/>
			</div>
		</div>
	);
}
