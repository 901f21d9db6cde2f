import { FORMAT_TEXT_COMMAND, type LexicalEditor } from "lexical";
import { type KeyboardEvent, useRef, useState } from "react";
import { IconButton } from "../../../components/button/IconButton";
import type { IconName } from "../../../components/icon/files";
import { usePane } from "../../../model/context";
import { useText } from "../../../text/context";
import styles from "../Composer.module.css";
import { startMention, toggleList } from "./actions";
import type { CaretState } from "./state";
import tools from "./Toolbar.module.css";

/** Props of Toolbar. */
export interface ToolbarProps {
	/** null for the moment until it is made: the toolbar stands before, so that nothing moves when it is. */
	editor: LexicalEditor | null;
	caret: CaretState;
	canSend: boolean;
	onLink: () => void;
	onSend: () => void;
}

interface Tool {
	icon: IconName;
	label: string;
	keys?: string;
	pressed?: boolean;
	run: () => void;
}

/** Toolbar stands below the field: formats on one side, Send on the other. */
export function Toolbar({ editor, caret, canSend, onLink, onSend }: ToolbarProps) {
	const t = useText();
	const command = usePane().handshake.os === "darwin" ? "⌘" : "Ctrl+";
	const items: Tool[] = [
		{
			icon: "bold",
			label: t("composer.bold"),
			keys: `${command}B`,
			pressed: caret.bold,
			run: () => editor?.dispatchCommand(FORMAT_TEXT_COMMAND, "bold"),
		},
		{
			icon: "italic",
			label: t("composer.italic"),
			keys: `${command}I`,
			pressed: caret.italic,
			run: () => editor?.dispatchCommand(FORMAT_TEXT_COMMAND, "italic"),
		},
		{
			icon: "bullets",
			label: t("composer.bullets"),
			pressed: caret.list === "bullet",
			run: () => editor && toggleList(editor, "bullet", caret.list),
		},
		{
			icon: "numbers",
			label: t("composer.numbers"),
			pressed: caret.list === "number",
			run: () => editor && toggleList(editor, "number", caret.list),
		},
		{ icon: "link", label: t("composer.link"), keys: `${command}K`, run: onLink },
		{ icon: "at", label: t("composer.mention"), run: () => editor && startMention(editor) },
	];
	return (
		<div className={styles.bar}>
			<Tools items={items} label={t("composer.tools")} />
			<span className={styles.gap} />
			<span className={tools.send}>
				<IconButton
					icon="send"
					label={t("composer.send")}
					aria-disabled={!canSend}
					onClick={() => {
						if (canSend) onSend();
					}}
				/>
			</span>
		</div>
	);
}

/** Tools is one stop of the tab order; arrows move between its buttons. */
function Tools({ items, label }: { items: readonly Tool[]; label: string }) {
	const [at, setAt] = useState(0);
	const bar = useRef<HTMLDivElement>(null);
	const onKeyDown = (event: KeyboardEvent) => {
		const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
		if (by === 0) return;
		event.preventDefault();
		const mirrored = bar.current && getComputedStyle(bar.current).direction === "rtl" ? -by : by;
		const next = (at + mirrored + items.length) % items.length;
		setAt(next);
		bar.current?.querySelectorAll("button")[next]?.focus();
	};
	return (
		<div ref={bar} className={tools.tools} role="toolbar" aria-label={label} onKeyDown={onKeyDown}>
			{items.map((tool, i) => (
				<IconButton
					key={tool.icon}
					icon={tool.icon}
					label={tool.label}
					hint={tool.keys ? `${tool.label} (${tool.keys})` : tool.label}
					aria-pressed={tool.pressed}
					tabIndex={i === at ? 0 : -1}
					onFocus={() => setAt(i)}
					// The caret stays where it is.
					onMouseDown={(event) => event.preventDefault()}
					onClick={tool.run}
				/>
			))}
		</div>
	);
}
