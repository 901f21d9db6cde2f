import type { File } from "../../backend/types";
import { Icon } from "../../components/icon/Icon";
import { useText } from "../../text/context";
import styles from "./FileCard.module.css";

/** Props of FileCard. */
export interface FileCardProps {
	file: File;
	onOpen: () => void;
	tabbable: boolean;
}

/** FileCard is an attached file; the file itself is opened in Teams. */
export function FileCard({ file, onOpen, tabbable }: FileCardProps) {
	const t = useText();
	return (
		<button type="button" className={styles.file} tabIndex={tabbable ? 0 : -1} onClick={onOpen}>
			<span className={styles.type} aria-hidden="true">
				{file.type === "" ? <Icon name="file" /> : file.type.slice(0, 4)}
			</span>
			<span className={styles.words}>
				<span className={styles.name} dir="auto">
					{file.name}
				</span>
				<span className={styles.hint}>{t("message.openFile")}</span>
			</span>
		</button>
	);
}
