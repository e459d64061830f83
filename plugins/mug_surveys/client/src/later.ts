/** SurveyJS and the view that shows it: large, and therefore loaded only where a scene needs it. */

import { AdvanceButton, h, type MountedScene, type SceneContext, show } from "@mug/client";
import { type ITheme, Model, SvgRegistry } from "survey-core";
import css from "survey-core/survey-core.fontless.min.css?inline";
import { DefaultDarkPanelless, DefaultLightPanelless } from "survey-core/themes";
import { renderSurvey } from "survey-js-ui";
import { Drafts, LONGEST_BYTES, sizeOf } from "./drafts.js";

const DRAFT_MS = 500;
/** The names under which a draft says which page of SurveyJS, and which step of the scene, it is about. */
const PAGE = "$page";
const STEP = "$step";
const TOO_MUCH = "These answers are too long together. Please write less.";

const LIGHT = inColors(DefaultLightPanelless, "#1d4ed8", "#ffffff", "#545b66", "#b3261e");
const DARK = inColors(DefaultDarkPanelless, "#9dbdff", "#0b1a3a", "#aeb6c2", "#ffb4ab");

// the page's security policy takes no styles from markup, and complains about them
for (const [name, markup] of Object.entries(SvgRegistry.icons)) {
  SvgRegistry.icons[name] = markup.replaceAll(/<style[\s\S]*?<\/style>|\sstyle="[^"]*"/g, "");
}

/** A theme in the page's own colors, on the page's own ground. */
function inColors(
  theme: ITheme,
  accent: string,
  onAccent: string,
  faint: string,
  danger: string,
): ITheme {
  const own = {
    "--sjs-general-backcolor-dim": "transparent",
    "--sjs-primary-backcolor": accent,
    "--sjs-primary-forecolor": onAccent,
    "--sjs-general-forecolor-light": faint,
    "--sjs-general-dim-forecolor-light": faint,
    "--sjs-special-red": danger,
    "--sjs-font-family": "inherit",
    "--sjs-transition-duration": "0s",
  };
  return { ...theme, cssVariables: { ...theme.cssVariables, ...own } };
}

/** A SurveyJS survey, with mug's own buttons. */
export class SurveyJsView implements MountedScene {
  readonly #context: SceneContext;
  readonly #model: Model;
  readonly #drafts: Drafts;
  readonly #sheet = new CSSStyleSheet();
  readonly #errors = h("p", { class: "page-error", role: "alert", tabindex: -1 });
  readonly #back = h("button", { type: "button", "data-testid": "back" }, "Back");
  readonly #advance = new AdvanceButton(() => this.#go());
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  #draftTimer: ReturnType<typeof setTimeout> | undefined;
  #sent = false;

  constructor(context: SceneContext, participant = "") {
    this.#context = context;
    this.#model = new Model(context.scene.page["definition"]);
    this.#drafts = new Drafts(context, participant);
    this.#sheet.replaceSync(css);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.#sheet];
    this.#prepare();
    this.#restore();
    const place = h("div", { class: "survey-js" });
    const buttons = h("p", { class: "actions" }, this.#back, this.#advance.element);
    context.root.append(this.#errors, place, buttons);
    renderSurvey(this.#model, place);
    this.#moved();
  }

  refused(errors: Record<string, string>): void {
    this.#advance.enable();
    const wrong = Object.keys(errors).map((name) => this.#model.getQuestionByName(name));
    const page = wrong.find((question) => question !== null)?.page;
    if (page !== undefined) this.#model.currentPage = page;
    for (const question of wrong) question?.addError(errors[question.name]!);
    this.#errors.textContent = errors[""] ?? Object.values(errors).join(" ");
    this.#errors.focus();
  }

  resumed(): void {
    this.#advance.enable();
    this.#save();
  }

  destroy(): void {
    clearTimeout(this.#draftTimer);
    this.#dark.removeEventListener("change", this.#paint);
    this.#advance.destroy();
    this.#model.dispose();
    const kept = document.adoptedStyleSheets.filter((sheet) => sheet !== this.#sheet);
    document.adoptedStyleSheets = kept;
  }

  #prepare(): void {
    const model = this.#model;
    model.showNavigationButtons = false;
    model.showCompletedPage = false;
    model.focusFirstQuestionAutomatic = false;
    // at once: what is typed is saved, and no complaint vanishes from under a press of the button
    model.textUpdateMode = "onTyping";
    this.#paint();
    this.#dark.addEventListener("change", this.#paint);
    this.#back.addEventListener("click", () => model.prevPage());
    model.onCurrentPageChanged.add(() => this.#moved());
    model.onValueChanged.add(() => this.#later());
    model.onCompleting.add((_, options) => {
      // the server decides whether the scene is over
      options.allow = false;
      const data = { ...model.data };
      if (sizeOf(data) > LONGEST_BYTES) {
        this.refused({ "": TOO_MUCH });
        return;
      }
      this.#sent = true;
      clearTimeout(this.#draftTimer);
      this.#context.advance(data);
    });
  }

  #restore(): void {
    const { [PAGE]: page, [STEP]: _, ...data } = this.#drafts.typed(0);
    if (Object.keys(data).length > 0) this.#model.data = data;
    if (typeof page === "number") this.#model.currentPageNo = page;
  }

  readonly #paint = (): void => {
    this.#model.applyTheme(this.#dark.matches ? DARK : LIGHT);
  };

  #moved(): void {
    show(this.#back, !this.#model.isFirstPage && this.#model.showPrevButton !== false);
    this.#errors.textContent = "";
    this.#later();
  }

  /** Go to the next page, or send everything; true only when it was sent. */
  #go(): boolean {
    this.#sent = false;
    if (this.#model.isLastPage) this.#model.tryComplete();
    else this.#model.nextPage();
    return this.#sent;
  }

  #later(): void {
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => this.#save(), DRAFT_MS);
  }

  #save(): void {
    this.#drafts.save({ ...this.#model.data, [PAGE]: this.#model.currentPageNo, [STEP]: 0 });
  }
}
