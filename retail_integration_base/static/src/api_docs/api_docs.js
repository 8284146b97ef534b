// The documentation page: a button to copy each example, and a short table of contents
// on phones. The page is complete without it.

const NARROW = "(max-width: 61.99rem)";

for (const block of document.querySelectorAll(".code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(block.querySelector("code").textContent);
        button.textContent = "Copied";
        setTimeout(() => (button.textContent = "Copy"), 2000);
    });
    // Clipboards are open to pages over TLS and on this machine only.
    if (navigator.clipboard) {
        block.append(button);
    }
}

const contents = document.querySelector("nav details");
if (window.matchMedia(NARROW).matches) {
    contents.open = false;
}
