// Generated from mug/core/protocol.py by `python -m mug.core.protocol_ts`. Do not edit.

export const PROTOCOL = 1;
export const MAX_MESSAGE_BYTES = 65536;
export const NO_ACTION = 0xffff;

/** The `auth` object of the Socket.IO connection. `ticket` comes from `POST -/session`. */
export interface Hello {
  ticket: string;
  protocol: number;
}

/** Leave the scene of this visit with these answers. */
export interface Advance {
  visit: number;
  answers?: Record<string, unknown>;
}

/** What has been typed so far in the scene of this visit. */
export interface Draft {
  visit: number;
  answers?: Record<string, unknown>;
}

/** Leave the waiting room of this visit. */
export interface Leave {
  visit: number;
}

/** The page shows the ending of this visit, and the server has everything that it produced before. */
export interface Settled {
  visit: number;
}

/** Answer to `ready_check`. */
export interface Ready {
  game: string;
}

/** The page was hidden or shown. */
export interface Visibility {
  visible: boolean;
}

/**
 * What the two halves of a runtime say to each other about one game.
 *
 * The server answers what the browser sends with an object of the runtime's, or with null when it
 * could not be taken now and has to be sent again. Values may be binary.
 */
export interface RuntimeMessage {
  game: string;
  message: Record<string, unknown>;
}

/**
 * What the two halves of a plugin say to each other, whatever the page shows.
 *
 * The server answers what the browser sends with an object of the plugin's, or with null when it was not
 * taken.
 */
export interface PluginMessage {
  plugin: string;
  message: Record<string, unknown>;
}

/** Show a scene. `progress` is (scenes done, scenes in all) or None when unknown. */
export interface SceneView {
  visit: number;
  scene_id: string;
  kind: string;
  page: Record<string, unknown>;
  answers: Record<string, unknown>;
  progress: [number, number] | null;
}

/** The state of the waiting room. `remaining` is in seconds, None without a limit. */
export interface LobbyView {
  visit: number;
  waiting: number | null;
  needed: number;
  position: number | null;
  remaining: number | null;
  can_leave: boolean;
  text: string;
}

/** A group was found; `mode` `automatic` asks a visible page to answer by itself. */
export interface ReadyCheck {
  game: string;
  seconds: number;
  mode: string;
}

/**
 * The state of the participant's game.
 *
 * `state` is one of `loading countdown playing between paused over failed`. `seconds` is how
 * long the state lasts, None when that is unknown. `page` describes the game and comes with the first
 * view of each connection; it comes again, with further `assets`, when the environment registers some.
 */
export interface GameView {
  game: string;
  state: string;
  text: string;
  seconds: number | null;
  episode: number;
  episodes: number;
  seat: string;
  page: Record<string, unknown> | null;
}

/** Where the raw frame channel is, and the single-use ticket to send as its first message. */
export interface ChannelOffer {
  url: string;
  ticket: string;
}

/** A sentence for the participant; `level` is `info`, `warning` or `error`. */
export interface Notice {
  level: string;
  text: string;
}

/** The scene was not left; `errors` maps fields ("" for the whole page) to sentences. */
export interface Refused {
  visit: number;
  errors: Record<string, string>;
}

/** Another tab took over. */
export interface Superseded {
  text: string;
}

/** Go to this address. */
export interface Redirect {
  url: string;
}

/** What the page sends, by event. */
export interface Inbound {
  advance: Advance;
  draft: Draft;
  leave: Leave;
  settled: Settled;
  ready: Ready;
  visibility: Visibility;
  runtime: RuntimeMessage;
  plugin: PluginMessage;
}

/** What the server sends, by event. */
export interface Outbound {
  scene: SceneView;
  lobby: LobbyView;
  ready_check: ReadyCheck;
  game: GameView;
  channel: ChannelOffer;
  runtime: RuntimeMessage;
  plugin: PluginMessage;
  notice: Notice;
  refused: Refused;
  superseded: Superseded;
  redirect: Redirect;
}

/** The fields of what the server sends, for checking it. */
export const SHAPES = {
  scene: {
    visit: "number",
    scene_id: "string",
    kind: "string",
    page: "Record<string, unknown>",
    answers: "Record<string, unknown>",
    progress: "[number, number] | null",
  },
  lobby: {
    visit: "number",
    waiting: "number | null",
    needed: "number",
    position: "number | null",
    remaining: "number | null",
    can_leave: "boolean",
    text: "string",
  },
  ready_check: {
    game: "string",
    seconds: "number",
    mode: "string",
  },
  game: {
    game: "string",
    state: "string",
    text: "string",
    seconds: "number | null",
    episode: "number",
    episodes: "number",
    seat: "string",
    page: "Record<string, unknown> | null",
  },
  channel: {
    url: "string",
    ticket: "string",
  },
  runtime: {
    game: "string",
    message: "Record<string, unknown>",
  },
  plugin: {
    plugin: "string",
    message: "Record<string, unknown>",
  },
  notice: {
    level: "string",
    text: "string",
  },
  refused: {
    visit: "number",
    errors: "Record<string, string>",
  },
  superseded: {
    text: "string",
  },
  redirect: {
    url: "string",
  },
} as const;
