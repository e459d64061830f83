// What a page with a game does for its transport, and no more: it carries messages and hands ports to a worker.
import plugin from "/client.js";

const { seat, way = "server" } = Object.fromEntries(new URL(location).searchParams);
const worker = new Worker("/worker.js");
const socket = new WebSocket(`ws://${location.host}/${way}?seat=${seat}`);
socket.binaryType = "arraybuffer";
const asked = new Map();
let factory;
let peers = null;

window.figures = {};
window.handedOver = [];
plugin.setup({ peers: (_name, play, probe) => (factory = way === "probe" ? probe : play) });

const host = {
  game: "a game",
  page: {},
  send(message) {
    const id = asked.size;
    socket.send(JSON.stringify({ id, message }));
    return new Promise((resolve) => asked.set(id, resolve));
  },
  sendPacket: (bytes) => socket.send(bytes),
  link(peer, port) {
    const direct = port instanceof RTCDataChannel;
    worker.postMessage({ peer, port, direct }, [port]);
    window.handedOver.push(direct ? "channel" : "port");
  },
  report: (figures) => Object.assign(window.figures, figures),
};

socket.onmessage = ({ data }) => {
  if (data instanceof ArrayBuffer) return peers?.packet(new Uint8Array(data));
  const { offer, id, answer, message } = JSON.parse(data);
  if (offer !== undefined) peers = factory(host, offer);
  else if (id !== undefined) asked.get(id)(answer);
  else peers?.message(message);
};
window.stop = () => peers.stop();
window.tell = () =>
  new Promise((resolve) => {
    worker.onmessage = (event) => resolve(event.data);
    worker.postMessage("tell");
  });
