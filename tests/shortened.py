"""Lessons with their trainings cut short: for tests of what is shown and pressed, not of how well anything learns."""

import ast
import importlib.util
from pathlib import Path

from nbformat.v4 import new_code_cell

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
PARAMETERS = {
    "00": {},
    "01": {"STEPS": 1002, "FROZEN_STEPS": 20},
    "02": {"D_STEPS": 20, "STEPS": 60, "KEEP": (0, 10, 60), "RING_STEPS": 520, "BROKEN_STEPS": 20},
    "03": {"STEPS": 200, "EARLY": 50, "ALONE": 10, "ROUNDS": 2},
    "04": {"STEPS": 60, "ROUNDS": 44, "G_PER_D": 2, "FROZEN_STEPS": 44, "MOMENTUM_STEPS": 60, "PATIENT_STEPS": 40},
    "05": {},
    "06": {"FC_STEPS": 400, "RAW_STEPS": 10, "STEPS": 60, "BROKEN_STEPS": 20, "KEEP": (20, 60)},
    "07": {"STEPS": 100, "SHORT_STEPS": 5, "KEEP": (10, 30, 100), "LABELS": 200},
    "08": {"D_STEPS": 20, "GAUSS_STEPS": 10, "CRITIC_STEPS": 20, "IMAGE_STEPS": 20, "METER_STEPS": 40},
    "09": {"STEPS": 60, "COUNT": 1000, "FEW": 500, "REPEATED": 50, "PARTS": 2, "FIT_STEPS": 20, "SEARCHED": 2000},
    "10": {"D_STEPS": 20, "GRID_STEPS": 20, "LIVE_STEPS": 20},
    "11": {"RING_STEPS": 20, "OVERLAP_STEPS": 20, "GARMENT_STEPS": 40, "CODE_STEPS": 100, "FACE_STEPS": 20},
    "12": {"STEPS": 20, "COUNT": 200, "GRAIN_STEPS": 5, "INVERT_STEPS": 5},
    "13": {"STEPS": 20, "CYCLE_STEPS": 20},
    "14": {"STEPS": 20},
    "15": {"WAVENET_STEPS": 12, "TACOTRON_STEPS": 20, "TOY_STEPS": 5, "READER_STEPS": 5, "VOCODER_STEPS": 20},
    "16": {"ROUNDS": 2, "STEPS": 12, "MORE_STEPS": 2, "SOFT_STEPS": 4, "LIVE_STEPS": 2, "COUNT": 20},
    "17": {"STEPS": 20},
    "18": {"STEPS": 60, "FLIP_STEPS": 20, "TASK_STEPS": 20},
    "19": {"STEPS": 8, "SAVE_EVERY": 2, "DIE_AT": 5},
    "20": {"FACE_STEPS": (5, 20), "FACE_SEEDS": 1, "MEMBER_STEPS": 20, "DETECTOR_STEPS": 20, "MARK_STEPS": 20},
}

spec = importlib.util.spec_from_file_location("build", NOTEBOOKS / "build.py")
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)


def shortened(lesson):
    """Return a lesson's notebook as learners get it, without outputs and assertions, and with `PARAMETERS` of its own.

    They stand in a cell after the one tagged `parameters`, as papermill would put them.
    """
    notebook = build.learner_notebook(NOTEBOOKS / f"src/{lesson}.py")
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type == "code":
            cell.source = ast.unparse(_WithoutAssertions().visit(ast.parse(cell.source)))
        if "parameters" in cell.metadata.get("tags", []) and PARAMETERS[lesson[:2]]:
            injected = [f"{name} = {value}" for name, value in PARAMETERS[lesson[:2]].items()]
            cells.append(new_code_cell("\n".join(injected), metadata={"tags": ["injected-parameters"]}))
    notebook.cells = cells
    return notebook


class _WithoutAssertions(ast.NodeTransformer):
    def visit_FunctionDef(self, node):  # a test that the lesson writes needs its own
        return node

    def visit_Assert(self, node):
        return ast.copy_location(ast.Pass(), node)
