import { Fragment, memo, type ReactNode, useMemo } from "react";
import { classes } from "../classes";
import { assertNever } from "./assertNever";
import styles from "./Body.module.css";
import { CodeBlock } from "./CodeBlock";
import { LinkText } from "./LinkText";
import {
	type BodyNode,
	isEmojiOnly,
	isInline,
	type MarkTag,
	type NodeOf,
	narrow,
	type RawNode,
} from "./nodes";
import { Picture } from "./Picture";
import { Unknown } from "./Unknown";

/** Props of Body. The functions should stay the same between renders, for a body is drawn once. */
export interface BodyProps {
	nodes: readonly RawNode[];
	/** Address of an image of the message. */
	media: (id: string) => string;
	/** A link was chosen. Nothing in a body ever navigates the page itself. */
	onLink: (url: string) => void;
	/** What stands at the place of a quoted message or a file; null draws nothing. */
	attachment: (kind: "quoteRef" | "file", ref: string) => ReactNode;
	/** Whether links take part in the tab order. */
	tabbable: boolean;
}

/** Body draws the node tree of a message as elements; nothing in it is read as HTML. */
export const Body = memo(function Body(props: BodyProps) {
	const { nodes, media, onLink, attachment, tabbable } = props;
	const tree = useMemo(() => narrow(nodes), [nodes]);
	const drawing = useMemo(
		() => ({ media, onLink, attachment, tabbable }),
		[media, onLink, attachment, tabbable],
	);
	return (
		<div className={classes(styles.body, isEmojiOnly(tree) && styles.large)} dir="auto">
			{drawAll(tree, drawing)}
		</div>
	);
});

type Drawing = Omit<BodyProps, "nodes">;

function drawAll(nodes: readonly BodyNode[], d: Drawing): ReactNode {
	// biome-ignore lint/suspicious/noArrayIndexKey: a body is replaced as a whole, its nodes never move
	return nodes.map((node, i) => <Fragment key={i}>{draw(node, d)}</Fragment>);
}

function draw(node: BodyNode, d: Drawing): ReactNode {
	switch (node.t) {
		case "text":
		case "emoji":
			return node.text;
		case "br":
			return <br />;
		case "hr":
			return <hr className={styles.rule} />;
		case "p":
			// A paragraph may hold only text; whatever came with blocks inside is a division.
			return node.children.every(isInline) ? (
				<p>{drawAll(node.children, d)}</p>
			) : (
				<div>{drawAll(node.children, d)}</div>
			);
		case "div":
			return <div>{drawAll(node.children, d)}</div>;
		case "h":
			return drawHeading(node, d);
		case "quote":
			return <blockquote className={styles.quote}>{drawAll(node.children, d)}</blockquote>;
		case "card":
			return <div className={styles.card}>{drawAll(node.children, d)}</div>;
		case "pre":
			return (
				<CodeBlock lang={node.lang} tabbable={d.tabbable}>
					{drawAll(node.children, d)}
				</CodeBlock>
			);
		case "list":
			return drawList(node, d);
		case "item":
			return <li>{drawAll(node.children, d)}</li>;
		case "table":
			return drawTable(node, d);
		case "row":
			return drawRow(node, d);
		case "cell":
			return drawCell(node, d);
		case "b":
		case "i":
		case "u":
		case "s":
		case "code":
		case "sub":
		case "sup":
			return drawMark(node, d);
		case "link":
			return (
				<LinkText url={node.url} host={node.host} onOpen={d.onLink} tabbable={d.tabbable}>
					{drawAll(node.children, d)}
				</LinkText>
			);
		case "mention":
			return (
				<span
					className={classes(styles.mention, node.me && styles.me)}
					data-mention={node.me ? "me" : ""}
				>
					{node.text}
				</span>
			);
		case "image":
			return (
				<Picture
					src={node.media && d.media(node.media)}
					alt={node.alt}
					width={node.width}
					height={node.height}
				/>
			);
		case "quoteRef":
		case "file":
			return d.attachment(node.t, node.ref);
		case "unknown":
			return <Unknown node={node} onOpen={d.onLink} tabbable={d.tabbable} />;
		default:
			return assertNever(node);
	}
}

/** drawHeading draws a heading below those of the pane itself. */
function drawHeading(node: NodeOf<"h">, d: Drawing): ReactNode {
	const Tag = (["h4", "h5", "h6"] as const)[node.level - 1] ?? "h6";
	return <Tag className={styles[`h${node.level}`]}>{drawAll(node.children, d)}</Tag>;
}

function drawMark(node: NodeOf<MarkTag>, d: Drawing) {
	const inner = drawAll(node.children, d);
	switch (node.t) {
		case "b":
			return <strong>{inner}</strong>;
		case "i":
			return <em>{inner}</em>;
		case "u":
			return <u>{inner}</u>;
		case "s":
			return <s>{inner}</s>;
		case "code":
			return <code className={styles.code}>{inner}</code>;
		case "sub":
			return <sub>{inner}</sub>;
		case "sup":
			return <sup>{inner}</sup>;
	}
}

/** drawList draws a list; whatever stands in it without being an item becomes one. */
function drawList(node: NodeOf<"list">, d: Drawing): ReactNode {
	const items = drawAll(
		node.children.map((c) => (c.t === "item" ? c : { t: "item", children: [c] })),
		d,
	);
	return node.ordered ? <ol start={node.start}>{items}</ol> : <ul>{items}</ul>;
}

/** drawTable draws a table that scrolls by itself when it is wider than the message. */
function drawTable(node: NodeOf<"table">, d: Drawing): ReactNode {
	const rows = node.children.map(
		(c): BodyNode => (c.t === "row" ? c : { t: "row", children: [c] }),
	);
	return (
		<div className={styles.tableScroll}>
			<table className={styles.table}>
				<tbody>{drawAll(rows, d)}</tbody>
			</table>
		</div>
	);
}

function drawRow(node: NodeOf<"row">, d: Drawing): ReactNode {
	const cells = node.children.map((c): NodeOf<"cell"> => {
		return c.t === "cell" ? c : { t: "cell", head: false, colSpan: 1, rowSpan: 1, children: [c] };
	});
	return <tr>{drawAll(cells, d)}</tr>;
}

function drawCell(node: NodeOf<"cell">, d: Drawing): ReactNode {
	const Cell = node.head ? "th" : "td";
	return (
		<Cell colSpan={node.colSpan} rowSpan={node.rowSpan}>
			{drawAll(node.children, d)}
		</Cell>
	);
}
