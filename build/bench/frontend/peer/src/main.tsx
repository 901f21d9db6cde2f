import { FluentProvider, makeStyles, tokens, webLightTheme } from "@fluentui/react-components";
import { useState, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { ChatScreen } from "./ChatScreen";
import { chats } from "./data";
import { ListScreen } from "./ListScreen";

const useStyles = makeStyles({
	app: { height: "100%", display: "flex", overflow: "hidden", backgroundColor: tokens.colorNeutralBackground3 },
});

const broad = window.matchMedia("(min-width: 720px)");

function listen(changed: () => void) {
	broad.addEventListener("change", changed);
	return () => broad.removeEventListener("change", changed);
}

function App() {
	const styles = useStyles();
	const wide = useSyncExternalStore(listen, () => broad.matches);
	const [open, setOpen] = useState("");
	const chat = chats.find((c) => c.id === open);
	return (
		<FluentProvider theme={webLightTheme} className={styles.app}>
			{(wide || !chat) && <ListScreen open={open} onOpen={setOpen} />}
			{chat && <ChatScreen key={chat.id} chat={chat} onBack={() => setOpen("")} />}
		</FluentProvider>
	);
}

const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
