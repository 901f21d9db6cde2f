import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useText } from "../../text/context";
import { IconButton } from "../button/IconButton";
import { classes } from "../classes";
import type { DialogProps } from "./Dialog";
import styles from "./Dialog.module.css";

/** DialogModal is the machinery of Dialog, apart so that it is read only when one opens. */
export function DialogModal(props: DialogProps) {
	const { title, onClose, children, actions, kind = "plain", size = "small" } = props;
	const t = useText();
	return (
		<ModalOverlay
			className={styles.overlay ?? ""}
			isOpen
			isDismissable={kind === "plain"}
			onOpenChange={(open) => {
				if (!open) onClose();
			}}
		>
			<Modal className={classes(styles.modal, styles[size])}>
				<Dialog className={styles.dialog ?? ""} role={kind === "alert" ? "alertdialog" : "dialog"}>
					<header className={styles.head}>
						<Heading slot="title" className={styles.title ?? ""}>
							{title}
						</Heading>
						{kind === "plain" && (
							<IconButton icon="close" label={t("dialog.close")} onClick={onClose} />
						)}
					</header>
					<div className={styles.body}>{children}</div>
					{actions && <footer className={styles.actions}>{actions}</footer>}
				</Dialog>
			</Modal>
		</ModalOverlay>
	);
}
