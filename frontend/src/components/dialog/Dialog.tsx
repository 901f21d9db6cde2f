import { lazy, type ReactNode, Suspense } from "react";

/** Props of Dialog. */
export interface DialogProps {
	title: string;
	onClose: () => void;
	children: ReactNode;
	/** Buttons at its end, the main one last in reading order of the eye: first in the list. */
	actions?: ReactNode;
	/** "alert" asks a question that must be answered, and does not close by a press beside it. */
	kind?: "plain" | "alert";
	size?: "small" | "large";
}

const Modal = lazy(() => import("./DialogModal").then((m) => ({ default: m.DialogModal })));

/** Dialog is an open dialog; Escape closes it and the focus returns to what opened it. */
export function Dialog(props: DialogProps) {
	return (
		<Suspense>
			<Modal {...props} />
		</Suspense>
	);
}
