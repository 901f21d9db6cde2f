import { Component, type ReactNode } from "react";
import { Button } from "../../components/button/Button";
import { EmptyState } from "../../components/empty/EmptyState";
import { useText } from "../../text/context";

/** Boundary shows words and a way out in place of a page that could not be drawn, never a blank one. */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
	override state = { failed: false };

	/** React calls it with what a child has thrown. */
	static getDerivedStateFromError(): { failed: boolean } {
		return { failed: true };
	}

	override render(): ReactNode {
		if (!this.state.failed) return this.props.children;
		return <Faulty onRetry={() => this.setState({ failed: false })} />;
	}
}

function Faulty({ onRetry }: { onRetry: () => void }) {
	const t = useText();
	return (
		<EmptyState
			icon="error"
			title={t("broken.drawing")}
			actions={
				<Button look="primary" onClick={onRetry}>
					{t("broken.retry")}
				</Button>
			}
		>
			<p>{t("broken.drawingText")}</p>
		</EmptyState>
	);
}
