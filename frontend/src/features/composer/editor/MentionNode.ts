import {
	$applyNodeReplacement,
	type EditorConfig,
	type LexicalNode,
	type NodeKey,
	type SerializedTextNode,
	type Spread,
	TextNode,
} from "lexical";

type SerializedMention = Spread<{ user: string; everyone: boolean }, SerializedTextNode>;

/** MentionNode is the name of a person, or everyone; it is written and deleted as a whole. */
export class MentionNode extends TextNode {
	readonly __user: string;
	readonly __everyone: boolean;

	static override getType(): string {
		return "mention";
	}

	static override clone(node: MentionNode): MentionNode {
		return new MentionNode(node.__text, node.__user, node.__everyone, node.__key);
	}

	static override importJSON(json: SerializedMention): MentionNode {
		return $createMentionNode(json.text, json.user, json.everyone).updateFromJSON(json);
	}

	constructor(text: string, user = "", everyone = false, key?: NodeKey) {
		super(text, key);
		this.__user = user;
		this.__everyone = everyone;
	}

	override exportJSON(): SerializedMention {
		return { ...super.exportJSON(), user: this.__user, everyone: this.__everyone };
	}

	override createDOM(config: EditorConfig): HTMLElement {
		const el = super.createDOM(config);
		if (config.theme.mention) el.classList.add(config.theme.mention);
		el.spellcheck = false;
		return el;
	}

	override isTextEntity(): true {
		return true;
	}

	override canInsertTextBefore(): boolean {
		return false;
	}

	override canInsertTextAfter(): boolean {
		return false;
	}
}

/** $createMentionNode makes a mention; it must run inside an editor update. */
export function $createMentionNode(text: string, user: string, everyone: boolean): MentionNode {
	return $applyNodeReplacement(new MentionNode(text, user, everyone).setMode("token"));
}

/** $isMentionNode tells whether a node is a mention. */
export function $isMentionNode(node: LexicalNode | null | undefined): node is MentionNode {
	return node instanceof MentionNode;
}
