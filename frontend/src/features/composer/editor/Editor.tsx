import { $setSelection, type LexicalEditor } from "lexical";
import { type RefObject, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import type { Member } from "../../../backend/types";
import { useText } from "../../../text/context";
import styles from "../Composer.module.css";
import { candidates } from "../candidates";
import { type Doc, normalise } from "../doc";
import { insertMention, setLink } from "./actions";
import { $isBlank, $readDoc } from "./content";
import { $setDoc, createComposer } from "./createComposer";
import { LinkDialog } from "./LinkDialog";
import { MentionMenu } from "./MentionMenu";
import { $readCaret, noCaret } from "./state";
import { Toolbar } from "./Toolbar";
import { useMentionKeys } from "./useMentionKeys";

/** Props of Editor. */
export interface EditorProps {
	/** What the editor begins with, and whether the focus was in the field before it. */
	start: () => { doc: Doc; focus: boolean };
	members: readonly Member[];
	enterSends: boolean;
	canSend: boolean;
	onChange: (doc: Doc) => void;
	onSend: () => void;
	/** Set to what replaces the content. */
	replace: RefObject<((doc: Doc) => void) | null>;
}

/** Editor is the field a message is written in, with its toolbar. */
export function Editor(props: EditorProps) {
	const { members, canSend, onSend } = props;
	const t = useText();
	const menuId = useId();
	const root = useRef<HTMLDivElement>(null);
	const [linking, setLinking] = useState(false);
	const { editor, caret, blank } = useEditor(props, root, () => setLinking(true));
	const found =
		caret.mention === null ? [] : candidates(members, caret.mention, t("composer.everyone"));
	const menu = useMentionKeys(editor, caret.mention, found);
	const open = menu.open && editor !== null;

	return (
		<div className={styles.box}>
			{open && (
				<MentionMenu
					id={menuId}
					candidates={found}
					chosen={menu.chosen}
					onChoose={(candidate) => insertMention(editor, candidate)}
				/>
			)}
			{/* biome-ignore lint/a11y/useSemanticElements: no native field shows formatted text */}
			<div
				ref={root}
				className={styles.editor}
				contentEditable
				suppressContentEditableWarning
				role="textbox"
				tabIndex={0}
				aria-multiline="true"
				aria-label={t("composer.label")}
				aria-autocomplete="list"
				aria-haspopup="listbox"
				aria-controls={open ? menuId : undefined}
				aria-activedescendant={open ? `${menuId}-${menu.chosen}` : undefined}
				spellCheck
				dir="auto"
			/>
			{blank && (
				<div className={styles.hint} aria-hidden="true">
					{t("composer.label")}
				</div>
			)}
			<Toolbar
				editor={editor}
				caret={caret}
				canSend={canSend}
				onLink={() => setLinking(true)}
				onSend={onSend}
			/>
			{linking && editor && (
				<LinkDialog
					url={caret.link}
					selected={caret.selected}
					onClose={() => setLinking(false)}
					onDone={(url, text) => {
						setLinking(false);
						setLink(editor, url, text);
					}}
				/>
			)}
		</div>
	);
}

/** stay keeps a press on a link that is being written from leading anywhere. */
function stay(event: Event) {
	if (event.target instanceof Element && event.target.closest("a")) event.preventDefault();
}

/** isLost tells whether the focus is nowhere, as after what had it became covered. */
function isLost(focus: Element | null): boolean {
	return focus === null || focus === document.body || focus.closest("[inert]") !== null;
}

/** useEditor makes the editor once, on the element, and follows its content and caret. */
function useEditor(props: EditorProps, root: RefObject<HTMLElement | null>, onLink: () => void) {
	const latest = useRef({ ...props, onLink });
	useLayoutEffect(() => {
		latest.current = { ...props, onLink };
	});
	const [editor, setEditor] = useState<LexicalEditor | null>(null);
	const [caret, setCaret] = useState(noCaret);
	const [blank, setBlank] = useState(true);

	useEffect(() => {
		const { start, replace } = latest.current;
		const { doc, focus } = start();
		const [made, end] = createComposer(doc, {
			enterSends: () => latest.current.enterSends,
			send: () => latest.current.onSend(),
			link: () => latest.current.onLink(),
		});
		const follow = made.registerUpdateListener(({ editorState, dirtyElements, dirtyLeaves }) => {
			editorState.read(() => {
				setCaret($readCaret());
				setBlank($isBlank());
				if (dirtyElements.size + dirtyLeaves.size > 0)
					latest.current.onChange(normalise($readDoc()));
			});
		});
		// Without a selection the editor does not take the focus from where it is.
		made.update(() => $setSelection(null), { discrete: true });
		made.setRootElement(root.current);
		for (const kind of ["click", "auxclick"]) root.current?.addEventListener(kind, stay);
		made.getEditorState().read(() => setBlank($isBlank()));
		replace.current = (next) => made.update(() => $setDoc(next));
		// To take the focus lays the page out; the chat is shown first.
		const shown = requestAnimationFrame(() => {
			if (focus || isLost(document.activeElement)) made.focus();
		});
		setEditor(made);
		return () => {
			cancelAnimationFrame(shown);
			replace.current = null;
			follow();
			end();
			made.setRootElement(null);
		};
	}, [root]);
	return { editor, caret, blank };
}
