import { useState } from "react";
import { useText } from "../../text/context";
import { Icon } from "../icon/Icon";
import styles from "./Picture.module.css";

/** Props of Picture. */
export interface PictureProps {
	/** Address at the core, "" when there is none. */
	src: string;
	alt: string;
	/** Size in pixels as the message says, 0 = unknown. */
	width: number;
	height: number;
}

const widest = 320;
const highest = 240;
/** The place kept for a picture that says nothing of its size. */
const unsized = { width: 240, height: 160 };

/**
 * Picture shows an image of a message. Its place is kept from the start, so
 * nothing below it moves when it arrives.
 */
export function Picture({ src, alt, width, height }: PictureProps) {
	const t = useText();
	const [failed, setFailed] = useState(false);
	const name = alt === "" ? t("message.image") : alt;
	const box = placeOf(width, height);
	if (src === "" || failed) {
		return (
			<span className={styles.missing} role="img" aria-label={t("message.imageMissing", { name })}>
				<Icon name="image" />
				<span aria-hidden="true">{t("message.imageMissing", { name })}</span>
			</span>
		);
	}
	return (
		<img
			className={styles.picture}
			src={src}
			alt={name}
			width={box.width}
			height={box.height}
			decoding="async"
			draggable={false}
			onError={() => setFailed(true)}
		/>
	);
}

/** placeOf returns the largest size within the limits that keeps the proportions. */
export function placeOf(width: number, height: number): { width: number; height: number } {
	if (width <= 0 || height <= 0) return unsized;
	const scale = Math.min(1, widest / width, highest / height);
	return {
		width: Math.max(1, Math.round(width * scale)),
		height: Math.max(1, Math.round(height * scale)),
	};
}
