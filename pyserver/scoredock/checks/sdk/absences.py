"""What the SDK v1 has and Scoredock refuses when used. Made by `tools/sdk_absences.py`; do not edit."""

from __future__ import annotations

PACKAGES = frozenset(
    (
        "azureml.accel",
        "azureml.ai",
        "azureml.automl",
        "azureml.contrib",
        "azureml.contrib.services",
        "azureml.data",
        "azureml.datadrift",
        "azureml.explain",
        "azureml.interpret",
        "azureml.monitoring",
        "azureml.opendatasets",
        "azureml.pipeline",
        "azureml.telemetry",
        "azureml.tensorboard",
        "azureml.train",
        "azureml.widgets",
    )
)
"""Packages of which nothing is there but the modules below."""

MODULES: dict[str, frozenset[str]] = {
    "azureml.contrib": frozenset(),
    "azureml.contrib.functions": frozenset(
        (
            "ModelPackage",
            "WebserviceException",
        )
    ),
    "azureml.contrib.pipeline": frozenset(),
    "azureml.contrib.pipeline.steps": frozenset(
        (
            "ParallelRunConfig",
            "ParallelRunStep",
        )
    ),
    "azureml.data": frozenset(("OutputFileDatasetConfig",)),
    "azureml.data.data_reference": frozenset(("DataReference",)),
    "azureml.data.datapath": frozenset(
        (
            "DataPath",
            "DataReference",
        )
    ),
    "azureml.data.dataset_consumption_config": frozenset(("DatasetConsumptionConfig",)),
    "azureml.data.dataset_factory": frozenset(
        (
            "DataReference",
            "FileDataset",
            "FileDatasetFactory",
            "RegisteredDataset",
            "TabularDataset",
            "TabularDatasetFactory",
            "UserErrorException",
        )
    ),
    "azureml.data.dataset_type_definitions": frozenset(
        (
            "FileEncoding",
            "PromoteHeadersBehavior",
        )
    ),
    "azureml.data.file_dataset": frozenset(
        (
            "DatasetConsumptionConfig",
            "FileDataset",
            "RegisteredDataset",
            "RegisteredFileDataset",
            "TabularDataset",
        )
    ),
    "azureml.data.output_dataset_config": frozenset(("OutputFileDatasetConfig",)),
    "azureml.data.tabular_dataset": frozenset(
        (
            "DatasetConsumptionConfig",
            "RegisteredDataset",
            "TabularDataset",
            "UserErrorException",
        )
    ),
    "azureml.pipeline": frozenset(),
    "azureml.pipeline.core": frozenset(
        (
            "Pipeline",
            "PipelineData",
            "PipelineEndpoint",
            "PipelineOutputFileDataset",
            "PipelineParameter",
            "PipelineRun",
            "PortDataReference",
            "PublishedPipeline",
            "Schedule",
            "ScheduleRecurrence",
            "StepRun",
        )
    ),
    "azureml.pipeline.core.graph": frozenset(
        (
            "PipelineData",
            "PipelineParameter",
            "PortDataReference",
        )
    ),
    "azureml.pipeline.core.pipeline": frozenset(
        (
            "ParallelRunStep",
            "Pipeline",
            "UserErrorException",
        )
    ),
    "azureml.pipeline.core.pipeline_output_dataset": frozenset(("PipelineOutputFileDataset",)),
    "azureml.pipeline.core.published": frozenset(
        (
            "Pipeline",
            "PipelineEndpoint",
            "PublishedPipeline",
            "UserErrorException",
        )
    ),
    "azureml.pipeline.core.run": frozenset(
        (
            "AzureMLException",
            "DatasetConsumptionConfig",
            "Datastore",
            "Experiment",
            "FileDataset",
            "FileDatasetFactory",
            "OutputFileDatasetConfig",
            "ParallelRunStep",
            "PipelineData",
            "PipelineParameter",
            "PipelineRun",
            "PortDataReference",
            "Run",
            "ServerFailure",
            "StepInputs",
            "StepRun",
            "TabularDataset",
            "UserErrorException",
        )
    ),
    "azureml.pipeline.steps": frozenset(
        (
            "ParallelRunConfig",
            "ParallelRunStep",
        )
    ),
    "azureml.pipeline.steps.parallel_run_config": frozenset(
        (
            "Environment",
            "ParallelRunConfig",
            "ServerFailure",
            "UserErrorException",
        )
    ),
    "azureml.pipeline.steps.parallel_run_step": frozenset(
        (
            "ParallelRunConfig",
            "ParallelRunStep",
            "UserErrorException",
        )
    ),
    "azureml.train": frozenset(),
    "azureml.train.automl": frozenset(),
    "azureml.train.automl.run": frozenset(
        (
            "AutoMLRun",
            "Model",
            "Run",
        )
    ),
    "azureml.train.estimator": frozenset(
        (
            "CondaDependencies",
            "DatasetConsumptionConfig",
            "Environment",
            "Estimator",
            "FileDataset",
            "ScriptRunConfig",
        )
    ),
    "azureml.train.sklearn": frozenset(
        (
            "Estimator",
            "SKLearn",
        )
    ),
    "azureml.widgets": frozenset(("RunDetails",)),
}
"""Those modules, and their classes."""

CLASSES = frozenset(
    (
        "azureml.core.LinkedService",
        "azureml.core.PrivateEndPoint",
        "azureml.core.PrivateEndPointConfig",
        "azureml.core.SynapseWorkspaceLinkedServiceConfiguration",
        "azureml.core.compute.AdlaCompute",
        "azureml.core.compute.BatchCompute",
        "azureml.core.compute.DataFactoryCompute",
        "azureml.core.compute.DatabricksCompute",
        "azureml.core.compute.DsvmCompute",
        "azureml.core.compute.HDInsightCompute",
        "azureml.core.compute.KubernetesCompute",
        "azureml.core.compute.KustoCompute",
        "azureml.core.compute.RemoteCompute",
        "azureml.core.compute.SynapseCompute",
        "azureml.core.environment.DatabricksSection",
        "azureml.core.environment.RCranPackage",
        "azureml.core.environment.RGitHubPackage",
        "azureml.core.runconfig.DataReferenceConfiguration",
        "azureml.core.runconfig.MpiConfiguration",
        "azureml.core.runconfig.ParallelTaskConfiguration",
        "azureml.core.runconfig.PyTorchConfiguration",
        "azureml.core.runconfig.TensorflowConfiguration",
        "azureml.data.dataset_factory.DataType",
        "azureml.pipeline.core.Schedule",
        "azureml.pipeline.core.ScheduleRecurrence",
        "azureml.pipeline.core.graph.Graph",
        "azureml.pipeline.core.graph.Module",
        "azureml.pipeline.core.graph.Node",
        "azureml.pipeline.core.graph.StoredProcedureParameter",
        "azureml.pipeline.core.pipeline_output_dataset.PipelineOutputTabularDataset",
        "azureml.train.estimator.MMLBaseEstimator",
        "azureml.train.estimator.MMLBaseEstimatorRunConfig",
    )
)
"""Classes elsewhere that only say that they are not there."""

MEMBERS = frozenset(
    (
        "AbstractAuthentication.get_authentication_header",
        "AbstractAuthentication.get_token",
        "AksCompute.get_credentials",
        "AksCompute.update",
        "AutoMLRun.add_type_provider",
        "AutoMLRun.clean",
        "AutoMLRun.get_detailed_status",
        "AutoMLRun.get_environment",
        "AutoMLRun.get_output",
        "AutoMLRun.get_snapshot_id",
        "AutoMLRun.get_submitted_run",
        "AutoMLRun.list_by_compute",
        "AutoMLRun.restore_snapshot",
        "AutoMLRun.submit_child",
        "AutoMLRun.take_snapshot",
        "AzureCliAuthentication.get_authentication_header",
        "AzureCliAuthentication.get_token",
        "ComputeInstance.restart",
        "ComputeInstance.stop",
        "ContainerImage.add_properties",
        "ContainerImage.run",
        "Datastore.register_azure_blob_container",
        "Datastore.register_azure_data_lake",
        "Datastore.register_azure_data_lake_gen2",
        "Datastore.register_azure_file_share",
        "Datastore.register_azure_my_sql",
        "Datastore.register_azure_postgre_sql",
        "Datastore.register_azure_sql_database",
        "Datastore.register_dbfs",
        "Datastore.register_hdfs",
        "Datastore.unregister",
        "Environment.from_existing_conda_environment",
        "Environment.label",
        "Experiment.archive",
        "Experiment.delete",
        "Experiment.from_directory",
        "Experiment.get_docs_url",
        "Experiment.reactivate",
        "Experiment.refresh",
        "Experiment.remove_tags",
        "Experiment.set_tags",
        "Experiment.tag",
        "FileDataset.file_metadata",
        "FileDataset.filter",
        "FileDataset.get_profile",
        "FileDataset.mount",
        "FileDataset.submit_profile_run",
        "FileDataset.time_after",
        "FileDataset.time_before",
        "FileDataset.time_between",
        "FileDataset.time_recent",
        "FileDataset.to_csv_files",
        "FileDataset.to_parquet_files",
        "FileDataset.to_spark_dataframe",
        "Image.add_properties",
        "InteractiveLoginAuthentication.get_authentication_header",
        "InteractiveLoginAuthentication.get_token",
        "Keyvault.delete_secret",
        "Keyvault.delete_secrets",
        "Keyvault.set_secret",
        "Keyvault.set_secrets",
        "Model.add_dataset_references",
        "Model.get_sas_urls",
        "MsiAuthentication.get_authentication_header",
        "MsiAuthentication.get_token",
        "OutputFileDatasetConfig.read_delimited_files",
        "OutputFileDatasetConfig.read_parquet_files",
        "Pipeline.load_yaml",
        "Pipeline.service_endpoint",
        "PipelineData.parse_delimited_files",
        "PipelineData.parse_parquet_files",
        "PipelineEndpoint.endpoint",
        "PipelineRun.add_type_provider",
        "PipelineRun.clean",
        "PipelineRun.get_detailed_status",
        "PipelineRun.get_environment",
        "PipelineRun.get_snapshot_id",
        "PipelineRun.get_submitted_run",
        "PipelineRun.list_by_compute",
        "PipelineRun.restore_snapshot",
        "PipelineRun.submit_child",
        "PipelineRun.take_snapshot",
        "PublishedPipeline.endpoint",
        "PublishedPipeline.save",
        "PublishedPipeline.service_endpoint",
        "RegisteredDataset.download",
        "RegisteredDataset.filter",
        "RegisteredDataset.get_profile",
        "RegisteredDataset.mount",
        "RegisteredDataset.submit_profile_run",
        "RegisteredDataset.time_after",
        "RegisteredDataset.time_before",
        "RegisteredDataset.time_between",
        "RegisteredDataset.time_recent",
        "RegisteredDataset.to_csv_files",
        "RegisteredDataset.to_parquet_files",
        "RegisteredDataset.to_path",
        "RegisteredDataset.to_spark_dataframe",
        "RegisteredFileDataset.download",
        "RegisteredFileDataset.file_metadata",
        "RegisteredFileDataset.filter",
        "RegisteredFileDataset.get_profile",
        "RegisteredFileDataset.mount",
        "RegisteredFileDataset.submit_profile_run",
        "RegisteredFileDataset.time_after",
        "RegisteredFileDataset.time_before",
        "RegisteredFileDataset.time_between",
        "RegisteredFileDataset.time_recent",
        "RegisteredFileDataset.to_csv_files",
        "RegisteredFileDataset.to_parquet_files",
        "RegisteredFileDataset.to_path",
        "RegisteredFileDataset.to_spark_dataframe",
        "Run.add_type_provider",
        "Run.clean",
        "Run.get_detailed_status",
        "Run.get_environment",
        "Run.get_snapshot_id",
        "Run.get_submitted_run",
        "Run.list_by_compute",
        "Run.restore_snapshot",
        "Run.submit_child",
        "Run.take_snapshot",
        "ScriptRun.add_type_provider",
        "ScriptRun.clean",
        "ScriptRun.get_detailed_status",
        "ScriptRun.get_environment",
        "ScriptRun.get_snapshot_id",
        "ScriptRun.get_submitted_run",
        "ScriptRun.list_by_compute",
        "ScriptRun.restore_snapshot",
        "ScriptRun.submit_child",
        "ScriptRun.take_snapshot",
        "ServicePrincipalAuthentication.get_authentication_header",
        "ServicePrincipalAuthentication.get_token",
        "StepRun.add_type_provider",
        "StepRun.clean",
        "StepRun.get_detailed_status",
        "StepRun.get_environment",
        "StepRun.get_snapshot_id",
        "StepRun.get_submitted_run",
        "StepRun.list_by_compute",
        "StepRun.restore_snapshot",
        "StepRun.submit_child",
        "StepRun.take_snapshot",
        "TabularDataset.download",
        "TabularDataset.filter",
        "TabularDataset.get_profile",
        "TabularDataset.mount",
        "TabularDataset.submit_profile_run",
        "TabularDataset.time_after",
        "TabularDataset.time_before",
        "TabularDataset.time_between",
        "TabularDataset.time_recent",
        "TabularDataset.to_csv_files",
        "TabularDataset.to_parquet_files",
        "TabularDataset.to_path",
        "TabularDataset.to_spark_dataframe",
        "TabularDatasetFactory.from_sql_query",
        "TokenAuthentication.get_authentication_header",
        "TokenAuthentication.get_token",
        "UnknownWebservice.update",
        "Webservice.update",
        "Workspace.add_private_endpoint",
        "Workspace.delete_connection",
        "Workspace.delete_private_endpoint_connection",
        "Workspace.diagnose_workspace",
        "Workspace.discovery_url",
        "Workspace.get_connection",
        "Workspace.list_connections",
        "Workspace.list_keys",
        "Workspace.service_context",
        "Workspace.set_connection",
        "Workspace.sync_keys",
        "Workspace.update",
        "Workspace.update_dependencies",
    )
)
"""Methods and properties that only say so, by their class."""

ARGUMENTS = frozenset(
    (
        "Estimator.custom_docker_image",
        "Estimator.distributed_training",
        "Estimator.resume_from",
        "Estimator.source_directory_data_store",
        "PipelineData.training_output",
        "ScriptRunConfig.distributed_job_config",
        "ScriptRunConfig.resume_from",
    )
)
"""Arguments that are refused, by their class."""
