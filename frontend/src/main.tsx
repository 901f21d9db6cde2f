import "virtual:tokens.css";
import "./styles/base.css";
import { createRoot } from "react-dom/client";
import { start } from "./start";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no root");
start(createRoot(root)).catch((error: unknown) => {
	throw error;
});
