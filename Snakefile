# The data flow, in order:
# config -> dataset -> allocate -> bounds -> simulate -> verify, theory -> figures -> report.
# A study given with --configfile runs alone; without one, config/paper.yaml runs.


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/products.smk"


localrules:
    all,


rule all:
    default_target: True
    input:
        lambda wildcards: [f"{RESULTS}/{one}" for one in promised()],
    message:
        "Study {STUDY.name} is complete"


include: "workflow/rules/dataset.smk"
include: "workflow/rules/allocate.smk"
include: "workflow/rules/bounds.smk"
include: "workflow/rules/simulate.smk"
include: "workflow/rules/verify.smk"


if STUDY.theory:

    include: "workflow/rules/theory.smk"


include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/gallery.smk"


tell_notes()
tell_undrawable()
tell_stale()
check_own_data()
check_space()
tell_in_the_end()


onstart:
    set_aside()
    withdraw_report()
    tell_duration()


onsuccess:
    remove_places_of_parts()
    tell_inputs_changed()


onerror:
    report_what_there_is()
