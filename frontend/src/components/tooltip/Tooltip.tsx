import {
	cloneElement,
	type FocusEvent,
	type KeyboardEvent,
	type PointerEvent,
	type ReactElement,
	useEffect,
	useLayoutEffect,
	useRef,
	useState,
} from "react";
import { createPortal } from "react-dom";
import styles from "./Tooltip.module.css";

interface Host {
	onPointerEnter?: (event: PointerEvent<HTMLElement>) => void;
	onPointerLeave?: (event: PointerEvent<HTMLElement>) => void;
	onPointerDown?: (event: PointerEvent<HTMLElement>) => void;
	onFocus?: (event: FocusEvent<HTMLElement>) => void;
	onBlur?: (event: FocusEvent<HTMLElement>) => void;
	onKeyDown?: (event: KeyboardEvent<HTMLElement>) => void;
}

const delay = 500;

/**
 * Tooltip shows a text beside its child on hover and on keyboard focus. It is
 * for the eye: the text must also be the child's name or description.
 */
export function Tooltip({ text, children }: { text: string; children: ReactElement<Host> }) {
	const [host, setHost] = useState<HTMLElement | null>(null);
	const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
	useEffect(() => () => clearTimeout(timer.current), []);

	const show = (target: HTMLElement, wait: number) => {
		clearTimeout(timer.current);
		timer.current = setTimeout(() => setHost(target), wait);
	};
	const hide = () => {
		clearTimeout(timer.current);
		setHost(null);
	};
	const { props } = children;
	return (
		<>
			{cloneElement(children, {
				onPointerEnter: (event) => {
					if (event.pointerType !== "touch") show(event.currentTarget, delay);
					props.onPointerEnter?.(event);
				},
				onPointerLeave: (event) => {
					hide();
					props.onPointerLeave?.(event);
				},
				onPointerDown: (event) => {
					hide();
					props.onPointerDown?.(event);
				},
				onFocus: (event) => {
					if (event.currentTarget.matches(":focus-visible")) show(event.currentTarget, 0);
					props.onFocus?.(event);
				},
				onBlur: (event) => {
					hide();
					props.onBlur?.(event);
				},
				onKeyDown: (event) => {
					if (event.key === "Escape") hide();
					props.onKeyDown?.(event);
				},
			})}
			{host && <Bubble host={host} text={text} />}
		</>
	);
}

function Bubble({ host, text }: { host: HTMLElement; text: string }) {
	const ref = useRef<HTMLDivElement>(null);
	useLayoutEffect(() => {
		const bubble = ref.current;
		if (!bubble) return;
		const at = host.getBoundingClientRect();
		const size = bubble.getBoundingClientRect();
		const below = at.bottom + 6 + size.height <= window.innerHeight;
		const middle = at.left + at.width / 2 - size.width / 2;
		const left = Math.max(8, Math.min(middle, window.innerWidth - size.width - 8));
		bubble.style.transform = `translate(${left}px, ${below ? at.bottom + 6 : at.top - 6 - size.height}px)`;
	}, [host]);
	return createPortal(
		<div ref={ref} className={styles.tooltip} aria-hidden="true" dir="auto">
			{text}
		</div>,
		document.body,
	);
}
