/** What stands for a response whose content is being compiled already. */
const compiled = new WeakMap<Response, Promise<WebAssembly.Module>>();

/**
 * Compile WebAssembly while it arrives, before anybody asks for it, and return what to hand over in its
 * place to somebody who instantiates it by streaming.
 */
export function compileAhead(response: Promise<Response>): {
  readonly stand: Response;
  readonly done: Promise<unknown>;
} {
  const module = WebAssembly.compileStreaming(response);
  const stand = new Response(null, { headers: { "Content-Type": "application/wasm" } });
  compiled.set(stand, module);
  return { stand, done: module };
}

/** Let instantiating by streaming use what is compiled already; call what is returned to end that. */
export function useCompiled(): () => void {
  const instantiateStreaming = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (source, imports) => {
    const response = await source;
    const module = await compiled.get(response);
    if (module === undefined) return instantiateStreaming(response, imports);
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
  return () => {
    WebAssembly.instantiateStreaming = instantiateStreaming;
  };
}
