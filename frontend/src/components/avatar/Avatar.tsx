import { useState } from "react";
import { classes } from "../classes";
import styles from "./Avatar.module.css";
import { Presence } from "./Presence";

/** Props of Avatar. */
export interface AvatarProps {
	/** What colour and initials are derived from. */
	name: string;
	/** Address of a photo; initials show until it is loaded, and when there is none. */
	photo?: string;
	/** "round" for people, "square" for groups. */
	shape?: "round" | "square";
	size?: 20 | 24 | 32 | 36 | 48 | 72;
	/** Graph's availability; no badge when undefined or unknown. */
	availability?: string | undefined;
}

/** Avatar shows a person or a group. It is decoration: the name stands beside it. */
export function Avatar({ name, photo, shape = "round", size = 36, availability }: AvatarProps) {
	const [failed, setFailed] = useState<string>();
	return (
		<span
			className={classes(styles.avatar, styles[shape], styles[`size${size}`])}
			data-colour={colourOf(name)}
			aria-hidden="true"
		>
			<span className={styles.initials} data-initials={initialsOf(name)} />
			{photo !== undefined && photo !== "" && photo !== failed && (
				<img
					className={styles.photo}
					src={photo}
					alt=""
					loading="lazy"
					onError={() => setFailed(photo)}
				/>
			)}
			{availability !== undefined && (
				<Presence availability={availability} large={size >= 48} small={size <= 24} />
			)}
		</span>
	);
}

const segmenter = new Intl.Segmenter();
/** Initials by name: the same few people stand in every list, and cutting text into graphemes is slow. */
const known = new Map<string, string>();
const knownMost = 2_000;

/** initialsOf returns one or two letters for a name, by grapheme; scripts without case give one. */
export function initialsOf(name: string): string {
	const kept = known.get(name);
	if (kept !== undefined) return kept;
	if (known.size >= knownMost) known.clear();
	const made = cutInitials(name);
	known.set(name, made);
	return made;
}

function cutInitials(name: string): string {
	const words = name.replace(/\(.*?\)/g, " ").match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}'’-]*/gu) ?? [];
	const first = graphemes(words[0] ?? "")[0] ?? "";
	const last = words.length > 1 ? (graphemes(words.at(-1) ?? "")[0] ?? "") : "";
	const both = `${first}${last}`.toLocaleUpperCase();
	return /^[\p{Lu}\p{N}]+$/u.test(both) ? both : first;
}

function graphemes(text: string): string[] {
	return [...segmenter.segment(text)].map((s) => s.segment);
}

const colours = 10;

/** colourOf returns the same colour for the same name, everywhere and always. */
export function colourOf(name: string): number {
	let hash = 0;
	for (const char of name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
	return hash % colours;
}
