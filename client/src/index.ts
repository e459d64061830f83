/** What plugins' client modules may use. They import types from here; the page gives them the rest. */
export type { Client, ClientPlugin, PageObserver, PluginWords } from "./client.js";
export { MovingAverage } from "./game/average.js";
export type { GamePage } from "./game/page.js";
export type { PeerPort, Peers, PeersFactory, PeersHost } from "./game/peers.js";
export type { PeerProbe, ProbeFactory, ProbeHost } from "./game/probes.js";
export type { GameHost, GameRuntime, RuntimeFactory, RuntimeMessage } from "./game/runtime.js";
export type { DebugFigures } from "./game/stats.js";
export type { PlayerInput } from "./input/encode.js";
export { AdvanceButton } from "./page/advance_button.js";
export { h, setText, show } from "./page/dom.js";
export { RichBlock } from "./page/rich_text.js";
export type { GameView, LobbyView, ReadyCheck, SceneView } from "./protocol.js";
export { type Command, type Delta, MalformedFrame, readDelta } from "./render/commands.js";
export type { Answers, MountedScene, SceneContext, SceneFactory } from "./scene.js";
