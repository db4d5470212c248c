"""Proposals for a deployment of a file or folder."""

from __future__ import annotations

from scoredock.context import Context, Operation, absolute
from scoredock.protocol import messages
from scoredock.registry import Registry
from scoredock.scripts.model_choice import FilesToRegister
from scoredock.scripts.proposal import DeploymentProposal, ProposalQuestion, proposed_deployment
from scoredock.scripts.proposed_script import refuse_batches
from scoredock.verb import CliCommand, argument, verb


@verb(
    "service/propose",
    progress="Looking at files",
    errors=("file-not-found", "script-invalid", "model-not-found"),
    terminal=CliCommand(
        "service propose",
        "Show what deploying a file or folder would fill in.",
        (argument("path", help="entry script, configuration or folder", nargs="?", default="."),),
        ("scoredock service propose examples/diabetes",),
    ),
)
def propose(params: messages.ServiceProposeParams, context: Context, operation: Operation) -> messages.ServiceProposal:
    """Proposal of Deploy. Raises file-not-found, script-invalid where a batch script is to be deployed, and `no-code-…`
    and model-not-found for a model that is to be served without code."""
    if not params.without_code:
        refuse_batches(absolute(params.path), context)
    question = ProposalQuestion(
        params.path,
        tuple(params.models),
        params.model_file,
        params.again,
        params.without_code,
        workspace_id=params.workspace_id,
    )
    return _message(proposed_deployment(question, context))


def _message(proposal: DeploymentProposal) -> messages.ServiceProposal:
    from scoredock.services.compute_targets import engine_on, title_of

    last, kinds, registry = proposal.last, proposal.files.kinds, proposal.registry
    script_state = proposal.script_state  # raises why a model cannot be served without code
    engine, compute = proposal.place
    return messages.ServiceProposal(
        name=proposal.name,
        models=list(proposal.choice.models),
        register_models=[model_message(each, registry) for each in proposal.choice.files],
        model_state=proposal.choice.state,
        loads=proposal.loads,
        model_files=[model_message(each, registry) for each in proposal.model_files],
        changed_file=proposal.changed_file,
        model_choices=proposal.model_choices,
        script=proposal.script_path,
        script_state=script_state,
        no_code=proposal.no_code,
        entry_script=proposal.entry_script,
        entry_scripts=kinds["entry-script"],
        source_directory=proposal.source_directory,
        inference_config=proposal.inference_config,
        inference_configs=kinds["inference-config"],
        configured_environment=proposal.configured_environment,
        deployment_config=proposal.deployment_config,
        deployment_configs=kinds["deployment-config"],
        environment_file=proposal.environment_file,
        environment_files=proposal.files.environments,
        environment=proposal.environment,
        environments=[each.id for each in registry.assets.records("environment", latest=True)],
        environment_variables=dict((last.environment_variables or {}) if last is not None else {}),
        description=last.description if last is not None else "",
        tags=dict(last.tags) if last is not None else {},
        port=last.port if last is not None else None,
        deployed_before=bool(proposal.former_service),
        engine=engine,
        compute=compute,
        computes={each.name: messages.ComputeChoice(title_of(each), engine_on(each)) for each in proposal.computes},
        develop=last is not None and last.develop,
        auth=last.auth if last is not None else "",
        existing_services=proposal.existing_services,
    )


def model_message(files: FilesToRegister, registry: Registry) -> messages.ModelToRegister:
    """Message of files to register, with the version that they will be."""
    return messages.ModelToRegister(files.name, list(files.paths), registry.next_version(files.name))
