"""What setup/test makes of its arguments, and of none."""

from runtime import paths, test_plan
from runtime.test_plan import IN_BROWSER, ON_SERVER, Target

MODULES = paths.retail_modules()
MODULE = MODULES[0]


def test_every_test_of_a_module_is_in_one_of_its_parts():
    server, browser = (Target(MODULE, part=part).tags for part in test_plan.PARTS)
    assert server == f"/{MODULE},-retail_browser"
    assert browser == f"retail_browser/{MODULE}"


def test_everything_names_each_module_and_folder_once():
    titles = [
        target.title
        for track in test_plan.everything(with_browser=True)
        for target in track
    ]
    assert len(titles) == len(set(titles))
    assert {f"{MODULE} {part}" for part in (ON_SERVER, IN_BROWSER)} < set(titles)
    assert {"tests/e2e", "tests/fuzz"} < set(titles)


def test_without_a_browser_nothing_asks_for_one():
    tracks = test_plan.everything(with_browser=False)
    assert not any(one.part == IN_BROWSER for track in tracks for one in track)
    named = test_plan.parse(f"{MODULE}:TestScreens").without_browser
    assert named.tags == f"/{MODULE}:TestScreens,-retail_browser"
    assert test_plan.parse("e2e").without_browser.path == "tests/e2e"


def test_systems_that_run_side_by_side_are_begun_with_what_takes_longest():
    tracks = test_plan.everything(with_browser=True)
    paths = [[one.path for one in track] for track in tracks if track[0].path]
    assert paths == [["tests/e2e"], ["tests/conformance"], ["tests/fuzz"]]
    assert tracks[0][0].path == "tests/e2e"
    assert {track[0].module for track in tracks[1:-2]} == set(MODULES)


def test_only_what_drives_a_browser_gets_the_web_client_bundled():
    assert test_plan.parse(f"{MODULE}:TestScreens").opens_browser
    assert not test_plan.parse(f"{MODULE}:TestInbox.test_anything").opens_browser
    assert test_plan.parse(MODULE).opens_browser
    assert not Target(MODULE, part=ON_SERVER).opens_browser
