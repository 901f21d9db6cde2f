import { Spinner } from "../../components/spinner/Spinner";
import { useText } from "../../text/context";
import styles from "./Starting.module.css";

/** Starting holds the place until the core knows who is here. */
export function Starting() {
	const t = useText();
	return (
		<main className={styles.starting} aria-busy="true">
			<Spinner size={32} />
			<p>{t("app.starting")}</p>
		</main>
	);
}
