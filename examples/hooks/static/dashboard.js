// The participants' side of the dashboard plugin: it says hello to the console and shows nothing.
export default {
  name: "dashboard",
  version: "0.1.0",
  setup() {
    console.info("the dashboard is watching");
  },
};
