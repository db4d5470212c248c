"""What the SDK v1 has and Scoredock refuses when used. Made by `tools/sdk_absences.py`; do not edit."""

from __future__ import annotations

_PACKAGES = """
azureml.accel azureml.ai azureml.automl azureml.contrib azureml.contrib.services azureml.datadrift azureml.dataprep
azureml.explain azureml.interpret azureml.monitoring azureml.opendatasets azureml.pipeline azureml.telemetry
azureml.tensorboard azureml.train azureml.widgets
"""
PACKAGES = frozenset(_PACKAGES.split())
"""Packages of which nothing is there but the modules below."""

MODULES: dict[str, frozenset[str]] = {
    "azureml.contrib": frozenset(),
    "azureml.contrib.functions": frozenset(
        (
            "ModelPackage",
            "WebserviceException",
            "package",
            "package_blob",
            "package_http",
            "package_service_bus_queue",
        )
    ),
    "azureml.contrib.pipeline": frozenset(),
    "azureml.contrib.pipeline.steps": frozenset(
        (
            "ParallelRunConfig",
            "ParallelRunStep",
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
            "PipelineStep",
            "PortDataReference",
            "PublishedPipeline",
            "Schedule",
            "ScheduleRecurrence",
            "StepRun",
            "StepSequence",
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
            "Pipeline",
            "PipelineStep",
            "PythonScriptStep",
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
            "publish",
        )
    ),
    "azureml.pipeline.core.run": frozenset(
        (
            "AzureMLException",
            "DatasetConsumptionConfig",
            "Datastore",
            "Experiment",
            "FileDataset",
            "OutputFileDatasetConfig",
            "OutputTabularDatasetConfig",
            "ParallelRunStep",
            "PipelineData",
            "PipelineParameter",
            "PipelineRun",
            "PipelineStep",
            "PortDataReference",
            "PythonScriptStep",
            "Run",
            "ScriptRun",
            "ScriptStepRun",
            "ServerFailure",
            "StepInputs",
            "StepRun",
            "TabularDataset",
            "UserErrorException",
            "begun",
            "context_variables",
            "copy_files",
            "packages_folder",
            "source_of",
            "submitted",
            "table_of",
            "write_table",
        )
    ),
    "azureml.pipeline.steps": frozenset(
        (
            "ParallelRunConfig",
            "ParallelRunStep",
            "PythonScriptStep",
        )
    ),
    "azureml.pipeline.steps.parallel_run_config": frozenset(
        (
            "Environment",
            "ParallelRunConfig",
            "UserErrorException",
            "environment_of",
            "has_batch_jobs",
        )
    ),
    "azureml.pipeline.steps.parallel_run_step": frozenset(
        (
            "ParallelRunConfig",
            "ParallelRunStep",
            "PipelineStep",
            "UserErrorException",
        )
    ),
    "azureml.pipeline.steps.python_script_step": frozenset(
        (
            "DatasetConsumptionConfig",
            "OutputFileDatasetConfig",
            "OutputTabularDatasetConfig",
            "PipelineStep",
            "PythonScriptStep",
            "RunConfiguration",
            "ScriptRunConfig",
        )
    ),
    "azureml.telemetry": frozenset(("set_diagnostics_collection",)),
    "azureml.train": frozenset(),
    "azureml.train.automl": frozenset(),
    "azureml.train.automl.run": frozenset(
        (
            "AutoMLRun",
            "Model",
            "Run",
            "deployment",
        )
    ),
    "azureml.train.dnn": frozenset(
        (
            "Chainer",
            "Estimator",
            "Gloo",
            "Mpi",
            "Nccl",
            "ParameterServer",
            "PyTorch",
            "TensorFlow",
        )
    ),
    "azureml.train.estimator": frozenset(
        (
            "CondaDependencies",
            "DataReference",
            "DatasetConsumptionConfig",
            "Environment",
            "Estimator",
            "FileDataset",
            "ScriptRunConfig",
        )
    ),
    "azureml.train.hyperdrive": frozenset(
        (
            "BanditPolicy",
            "BayesianParameterSampling",
            "EarlyTerminationPolicy",
            "GridParameterSampling",
            "HyperDriveConfig",
            "HyperDriveRun",
            "HyperDriveRunConfig",
            "HyperParameterSampling",
            "MedianStoppingPolicy",
            "NoTerminationPolicy",
            "PrimaryMetricGoal",
            "RandomParameterSampling",
            "TruncationSelectionPolicy",
            "choice",
            "lognormal",
            "loguniform",
            "normal",
            "qlognormal",
            "qloguniform",
            "qnormal",
            "quniform",
            "randint",
            "uniform",
        )
    ),
    "azureml.train.hyperdrive.parameter_expressions": frozenset(
        (
            "choice",
            "lognormal",
            "loguniform",
            "normal",
            "qlognormal",
            "qloguniform",
            "qnormal",
            "quniform",
            "randint",
            "uniform",
        )
    ),
    "azureml.train.hyperdrive.policy": frozenset(
        (
            "BanditPolicy",
            "EarlyTerminationPolicy",
            "MedianStoppingPolicy",
            "NoTerminationPolicy",
            "TruncationSelectionPolicy",
            "UserErrorException",
        )
    ),
    "azureml.train.hyperdrive.run": frozenset(
        (
            "AzureMLException",
            "Experiment",
            "HyperDriveRun",
            "PrimaryMetricGoal",
            "Run",
            "ScriptRun",
            "begun",
            "submitted",
        )
    ),
    "azureml.train.hyperdrive.runconfig": frozenset(
        (
            "EarlyTerminationPolicy",
            "HyperDriveConfig",
            "HyperDriveRunConfig",
            "HyperParameterSampling",
            "NoTerminationPolicy",
            "PrimaryMetricGoal",
            "ScriptRunConfig",
            "UserErrorException",
        )
    ),
    "azureml.train.hyperdrive.sampling": frozenset(
        (
            "BayesianParameterSampling",
            "GridParameterSampling",
            "HyperParameterSampling",
            "RandomParameterSampling",
            "UserErrorException",
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

_CLASSES = """
azureml.core.LinkedService azureml.core.PrivateEndPoint azureml.core.PrivateEndPointConfig
azureml.core.RUN_TYPE_PROVIDERS_ENTRYPOINT_KEY azureml.core.SynapseWorkspaceLinkedServiceConfiguration
azureml.core.attach_legacy_compute_target azureml.core.compute.adla.DataLakeAnalyticsAttachConfiguration
azureml.core.compute.aks.AksAttachConfiguration azureml.core.compute.aks.AksProvisioningConfiguration
azureml.core.compute.aks.AksUpdateConfiguration azureml.core.compute.aks.SslConfiguration
azureml.core.compute.aks.SystemService azureml.core.compute.amlcompute.AmlComputeNodeStateCounts
azureml.core.compute.amlcompute.AmlComputeProvisioningConfiguration azureml.core.compute.batch.BatchAttachConfiguration
azureml.core.compute.compute.ComputeTargetAttachConfiguration
azureml.core.compute.compute.ComputeTargetProvisioningConfiguration
azureml.core.compute.compute.ComputeTargetUpdateConfiguration
azureml.core.compute.computeinstance.ComputeInstanceProvisioningConfiguration
azureml.core.compute.computeinstance.ComputeInstanceStatus azureml.core.compute.databricks.DatabricksAttachConfiguration
azureml.core.compute.datafactory.DataFactoryAttachConfiguration
azureml.core.compute.datafactory.DataFactoryProvisioningConfiguration
azureml.core.compute.dsvm.DsvmProvisioningConfiguration azureml.core.compute.hdinsight.HDInsightAttachConfiguration
azureml.core.compute.kubernetescompute.KubernetesComputeAttachConfiguration
azureml.core.compute.kubernetescompute.KubernetesComputeStatus azureml.core.compute.kusto.KustoAttachConfiguration
azureml.core.compute.remote.RemoteComputeAttachConfiguration azureml.core.compute.synapse.SynapseAttachConfiguration
azureml.core.compute_target.AbstractComputeTarget azureml.core.compute_target.LocalTarget
azureml.core.compute_target.attach_legacy_compute_target azureml.core.compute_target.is_compute_target_prepared
azureml.core.compute_target.prepare_compute_target azureml.core.compute_target.remove_legacy_compute_target
azureml.core.conda_dependencies.BASE_PROJECT_FILE_RELATIVE_PATH azureml.core.conda_dependencies.BASE_PROJECT_MODULE
azureml.core.conda_dependencies.CHAINER_PACKAGE_PREFIX azureml.core.conda_dependencies.CHANNELS
azureml.core.conda_dependencies.CNTK_DEFAULT_VERSION azureml.core.conda_dependencies.CNTK_PACKAGE_PREFIX
azureml.core.conda_dependencies.CONDA_FILE_NAME azureml.core.conda_dependencies.CPU
azureml.core.conda_dependencies.CUPY_DEFAULT_VERSION azureml.core.conda_dependencies.DEFAULT_CHAINER_VERSION
azureml.core.conda_dependencies.DEFAULT_SDK_ORIGIN azureml.core.conda_dependencies.GPU
azureml.core.conda_dependencies.HOROVOD_DEFAULT_VERSION azureml.core.conda_dependencies.INVALID_PATHON_MESSAGE
azureml.core.conda_dependencies.LINUX_PLATFORM azureml.core.conda_dependencies.PACKAGES
azureml.core.conda_dependencies.PIP azureml.core.conda_dependencies.PYTHON_PREFIX
azureml.core.conda_dependencies.PYTORCH_DEFAULT_VERSION azureml.core.conda_dependencies.PYTORCH_PACKAGE_PREFIX
azureml.core.conda_dependencies.TENSORFLOW_DEFAULT_VERSION azureml.core.conda_dependencies.TENSORFLOW_PACKAGE_PREFIX
azureml.core.conda_dependencies.TORCHVISION_DEFAULT_VERSION azureml.core.conda_dependencies.TORCHVISION_PACKAGE_PREFIX
azureml.core.conda_dependencies.VERSION_REGEX azureml.core.conda_dependencies.WINDOWS_PLATFORM
azureml.core.container_registry.RegistryIdentity azureml.core.databricks.DatabricksCluster
azureml.core.databricks.DatabricksEnvironment azureml.core.databricks.DatabricksSection
azureml.core.databricks.EggLibrary azureml.core.databricks.JarLibrary azureml.core.databricks.MavenLibrary
azureml.core.databricks.PyPiLibrary azureml.core.databricks.RCranLibrary azureml.core.diagnostic_log
azureml.core.environment.DockerEnvironment azureml.core.environment.DockerImageDetails
azureml.core.environment.DockerImagePlatform azureml.core.environment.EnvironmentReference
azureml.core.environment.PythonEnvironment azureml.core.environment.RCranPackage azureml.core.environment.RGitHubPackage
azureml.core.environment.SparkEnvironment azureml.core.environment.SparkPackage azureml.core.image.UnknownImage
azureml.core.image.image.Asset azureml.core.image.image.TargetRuntime azureml.core.image.unknown_image.UnknownImage
azureml.core.is_compute_target_prepared azureml.core.linked_service.LinkedService
azureml.core.linked_service.LinkedServiceConfiguration
azureml.core.linked_service.SynapseWorkspaceLinkedServiceConfiguration azureml.core.prepare_compute_target
azureml.core.private_endpoint.PrivateEndPoint azureml.core.private_endpoint.PrivateEndPointConfig
azureml.core.profile.MAX_PROFILE_CPU azureml.core.profile.MAX_PROFILE_MEMORY azureml.core.profile.MIN_PROFILE_CPU
azureml.core.profile.MIN_PROFILE_MEMORY azureml.core.remove_legacy_compute_target azureml.core.run.InputDatasets
azureml.core.run.LinkOutput azureml.core.run.OutputDatasets azureml.core.run.POST_PROCESSING_STATES
azureml.core.run.RUNNING_STATES azureml.core.runconfig.AmlComputeConfiguration
azureml.core.runconfig.ApplicationEndpointConfiguration azureml.core.runconfig.AzureContainerRegistry
azureml.core.runconfig.Data azureml.core.runconfig.DataLocation azureml.core.runconfig.DataReferenceConfiguration
azureml.core.runconfig.DatacacheConfiguration azureml.core.runconfig.DatasetRegistrationOptions
azureml.core.runconfig.EnvironmentDefinition azureml.core.runconfig.GlobsOptions azureml.core.runconfig.HdiConfiguration
azureml.core.runconfig.HistoryConfiguration azureml.core.runconfig.KubernetesComputeConfiguration
azureml.core.runconfig.LOCAL_RUNCONFIG_NAME azureml.core.runconfig.MPI_CPU_IMAGE azureml.core.runconfig.MPI_GPU_IMAGE
azureml.core.runconfig.MountOptions azureml.core.runconfig.MpiConfiguration azureml.core.runconfig.OutputData
azureml.core.runconfig.OutputOptions azureml.core.runconfig.ParallelTaskConfiguration
azureml.core.runconfig.PyTorchConfiguration azureml.core.runconfig.RegistrationOptions
azureml.core.runconfig.SUPPORTED_DATAREF_MODES azureml.core.runconfig.SUPPORTED_DELIVERY_MECHANISM
azureml.core.runconfig.SUPPORTED_PYTORCH_BACKENDS azureml.core.runconfig.SparkConfiguration
azureml.core.runconfig.TensorflowConfiguration azureml.core.runconfig.UploadOptions azureml.core.runconfig.Uri
azureml.core.script_run_config.get_run_config_from_script_run azureml.core.script_run_config.submit
azureml.core.util.NewLoggingLevel azureml.core.webservice.aci.EncryptionProperties
azureml.core.webservice.aci.VnetConfiguration azureml.core.webservice.aks.AutoScaler
azureml.core.webservice.aks.DataCollection azureml.core.webservice.aks.LivenessProbeRequirements
azureml.core.webservice.webservice.AutoScaler azureml.core.webservice.webservice.DataCollection
azureml.core.webservice.webservice.LivenessProbeRequirements azureml.core.webservice.webservice.WebServiceAccessToken
azureml.core.workspace.WORKSPACE_DEFAULT_BLOB_STORE_NAME azureml.data.DatacacheStore
azureml.data.HDFSOutputDatasetConfig azureml.data.LinkFileOutputDatasetConfig
azureml.data.LinkTabularOutputDatasetConfig azureml.data.VERSION azureml.data.abstract_dataset.AbstractDataset
azureml.data.abstract_datastore.AbstractDatastore azureml.data.azure_data_lake_datastore.AbstractADLSDatastore
azureml.data.azure_data_lake_datastore.AzureDataLakeDatastore
azureml.data.azure_data_lake_datastore.AzureDataLakeGen2Datastore
azureml.data.azure_my_sql_datastore.AzureMySqlDatastore
azureml.data.azure_postgre_sql_datastore.AzurePostgreSqlDatastore
azureml.data.azure_sql_database_datastore.AzureSqlDatabaseDatastore
azureml.data.azure_storage_datastore.AbstractAzureStorageDatastore
azureml.data.azure_storage_datastore.AzureBlobDatastore azureml.data.azure_storage_datastore.AzureFileDatastore
azureml.data.azure_storage_datastore.EMPTY_FILE azureml.data.azure_storage_datastore.FILE
azureml.data.azure_storage_datastore.FOLDER azureml.data.constants.ACCOUNT_KEY azureml.data.constants.ADLS_RESOURCE_URI
azureml.data.constants.AZURE_BLOB azureml.data.constants.AZURE_DATA_LAKE azureml.data.constants.AZURE_DATA_LAKE_GEN2
azureml.data.constants.AZURE_FILE azureml.data.constants.AZURE_MYSQL azureml.data.constants.AZURE_POSTGRESQL
azureml.data.constants.AZURE_SQL_DATABASE azureml.data.constants.CLIENT_CREDENTIALS
azureml.data.constants.CONFLICT_MESSAGE azureml.data.constants.CUSTOM azureml.data.constants.DBFS
azureml.data.constants.DIRECT_MODE azureml.data.constants.DOWNLOAD_MODE azureml.data.constants.GIT
azureml.data.constants.HDFS azureml.data.constants.HDFS_MODE azureml.data.constants.LINK_MODE
azureml.data.constants.MANAGED_DATASET azureml.data.constants.MOUNT_MODE azureml.data.constants.NONE
azureml.data.constants.ONE_LAKE azureml.data.constants.ROLE_ID_OF_READER
azureml.data.constants.ROLE_ID_OF_STORAGE_BLOB_DATA_READER azureml.data.constants.SAS
azureml.data.constants.SERVICE_PRINCIPAL azureml.data.constants.SQL_AUTHENTICATION
azureml.data.constants.STORAGE_RESOURCE_URI azureml.data.constants.UPLOAD_MODE
azureml.data.constants.WORKSPACE_BLOB_DATASTORE azureml.data.constants.WORKSPACE_FILE_DATASTORE
azureml.data.context_managers.DatasetContextManager azureml.data.context_managers.DatastoreContextManager
azureml.data.context_managers.http_pattern azureml.data.datacache.DatacacheHydrationTracker
azureml.data.datacache.DatacacheStore azureml.data.datacache_consumption_config.DatacacheConsumptionConfig
azureml.data.datacache_singularity_settings.DatacacheSingularitySettings azureml.data.datapath.DataPathComputeBinding
azureml.data.dataset_action_run.DatasetActionRun azureml.data.dataset_profile.DatasetProfile
azureml.data.dataset_profile_run.DatasetProfileRun azureml.data.dataset_profile_run_config.DatasetProfileRunConfig
azureml.data.dataset_snapshot.DatasetSnapshot azureml.data.dbfs_datastore.DBFSDatastore
azureml.data.file_dataset.FILENAME_LENGTH_ERROR_MESSAGE azureml.data.hdfs_datastore.HDFSDatastore
azureml.data.output_dataset_config.HDFSOutputDatasetConfig
azureml.data.output_dataset_config.LinkFileOutputDatasetConfig
azureml.data.output_dataset_config.LinkTabularOutputDatasetConfig azureml.data.output_dataset_config.MountOptions
azureml.data.output_dataset_config.OutputDatasetConfig azureml.data.output_dataset_config.RegistrationConfiguration
azureml.data.output_dataset_config.TransformationMixin azureml.data.output_dataset_config.UploadOptions
azureml.data.sql_data_reference.SqlDataReference azureml.data.stored_procedure_parameter.StoredProcedureParameter
azureml.exceptions.VERSION azureml.pipeline.core.Schedule azureml.pipeline.core.ScheduleRecurrence
azureml.pipeline.core.graph.Graph azureml.pipeline.core.graph.Module azureml.pipeline.core.graph.Node
azureml.pipeline.core.graph.StoredProcedureParameter
azureml.pipeline.core.pipeline_output_dataset.PipelineOutputTabularDataset azureml.train.dnn.Gloo azureml.train.dnn.Mpi
azureml.train.dnn.Nccl azureml.train.dnn.ParameterServer azureml.train.estimator.Gloo
azureml.train.estimator.MMLBaseEstimator azureml.train.estimator.MMLBaseEstimatorRunConfig azureml.train.estimator.Mpi
azureml.train.estimator.Nccl azureml.train.estimator.ParameterServer
"""
CLASSES = frozenset(_CLASSES.split())
"""Classes elsewhere that only say that they are not there."""

_MEMBERS = """
AbstractAuthentication.signed_session AciWebservice.container_resource_requirements AciWebservice.enable_app_insights
AksCompute.agent_count AksCompute.agent_vm_size AksCompute.cluster_fqdn AksCompute.cluster_purpose
AksCompute.get_credentials AksCompute.load_balancer_subnet AksCompute.load_balancer_type AksCompute.ssl_configuration
AksCompute.system_services AksCompute.update AksEndpoint.VersionType AksServiceAccessToken.deserialize
AksServiceAccessToken.serialize AmlCompute.add_identity AmlCompute.list_quotas AmlCompute.list_usages
AmlCompute.remove_identity AmlCompute.supported_vmsizes AmlCompute.update_quotas AmlComputeStatus.deserialize
AmlComputeStatus.node_state_counts ArmTokenAuthentication.signed_session AutoMLRun.DELIM AutoMLRun.EXPERIMENT_ID_PATH
AutoMLRun.EXPERIMENT_NAME_PATH AutoMLRun.RUN_PATH AutoMLRun.TID_FMT AutoMLRun.WORKSPACE_FMT AutoMLRun.add_type_provider
AutoMLRun.clean AutoMLRun.get_detailed_status AutoMLRun.get_docs_url AutoMLRun.get_environment AutoMLRun.get_output
AutoMLRun.get_snapshot_id AutoMLRun.get_submitted_run AutoMLRun.identity AutoMLRun.list_by_compute AutoMLRun.portal_url
AutoMLRun.restore_snapshot AutoMLRun.submit_child AutoMLRun.take_snapshot AutoScaler.deserialize
AzureCliAuthentication.signed_session AzureMLTokenAuthentication.EXPIRATION_THRESHOLD_IN_SECONDS
AzureMLTokenAuthentication.REFRESH_INTERVAL_IN_SECONDS AzureMLTokenAuthentication.create
AzureMLTokenAuthentication.expiry_time AzureMLTokenAuthentication.set_token AzureMLTokenAuthentication.signed_session
Chainer.DELIM Chainer.identity ComputeInstance.admin_user_ssh_public_key ComputeInstance.admin_username
ComputeInstance.applications ComputeInstance.assigned_user_object_id ComputeInstance.assigned_user_tenant_id
ComputeInstance.get ComputeInstance.get_active_runs ComputeInstance.get_docs_url ComputeInstance.instance_location
ComputeInstance.instance_resource_id ComputeInstance.private_ip_address ComputeInstance.public_ip_address
ComputeInstance.restart ComputeInstance.ssh_port ComputeInstance.ssh_public_access ComputeInstance.stop
ComputeInstance.subnet_id ComputeInstance.subnet_name ComputeInstance.supported_vmsizes
ComputeInstance.update_sso_settings ComputeInstance.vm_size ComputeInstance.vnet_name
ComputeInstance.vnet_resourcegroup_name ContainerImage.add_properties ContainerImage.assets
ContainerImage.driver_program ContainerImage.generated_dockerfile_uri ContainerImage.image_flavor ContainerImage.run
ContainerImage.target_runtime ContainerImageConfig.allow_absolute_path ContainerImageConfig.execution_script_path
ContainerResourceRequirements.deserialize DataCollection.deserialize DataPath.create DataPath.relative_path
DataReference.create Dataset.Scenario Dataset.archive Dataset.auto_read_files Dataset.compare_profiles
Dataset.create_snapshot Dataset.definition Dataset.definition_version Dataset.delete_snapshot Dataset.deprecate
Dataset.diff Dataset.from_binary_files Dataset.from_excel_files Dataset.from_sql_query Dataset.generate_profile
Dataset.get_all_snapshots Dataset.get_definition Dataset.get_definitions Dataset.get_profile Dataset.get_snapshot
Dataset.head Dataset.is_visible Dataset.reactivate Dataset.register Dataset.sample Dataset.state
Dataset.to_pandas_dataframe Dataset.to_spark_dataframe Dataset.update Dataset.update_definition
DatasetConsumptionConfig.arg_val DatasetConsumptionConfig.as_hdfs Datastore.register_azure_blob_container
Datastore.register_azure_data_lake Datastore.register_azure_data_lake_gen2 Datastore.register_azure_file_share
Datastore.register_azure_my_sql Datastore.register_azure_postgre_sql Datastore.register_azure_sql_database
Datastore.register_dbfs Datastore.register_hdfs Datastore.unregister DockerBuildContext.LocationType
Environment.from_existing_conda_environment Environment.label Estimator.DELIM Estimator.identity Experiment.DELIM
Experiment.EXPERIMENT_ID_PATH Experiment.EXPERIMENT_NAME_PATH Experiment.TID_FMT Experiment.WORKSPACE_FMT
Experiment.archive Experiment.delete Experiment.from_directory Experiment.get_docs_url Experiment.identity
Experiment.portal_url Experiment.reactivate Experiment.refresh Experiment.remove_tags Experiment.set_tags Experiment.tag
FileDataset.File FileDataset.Tabular FileDataset.add_tags FileDataset.as_cache FileDataset.as_hdfs
FileDataset.data_changed_time FileDataset.file_metadata FileDataset.filter FileDataset.get_all FileDataset.get_by_id
FileDataset.get_by_name FileDataset.get_partition_key_values FileDataset.get_profile FileDataset.get_profile_runs
FileDataset.hydrate FileDataset.remove_tags FileDataset.submit_profile_run FileDataset.time_after
FileDataset.time_before FileDataset.time_between FileDataset.time_recent FileDataset.timestamp_columns
FileDataset.to_csv_files FileDataset.to_dask_dataframe FileDataset.to_parquet_files FileDataset.to_spark_dataframe
FileDataset.unregister_all_versions FileDataset.update HyperDriveRun.DELIM HyperDriveRun.EXPERIMENT_ID_PATH
HyperDriveRun.EXPERIMENT_NAME_PATH HyperDriveRun.RUN_PATH HyperDriveRun.TID_FMT HyperDriveRun.WORKSPACE_FMT
HyperDriveRun.add_type_provider HyperDriveRun.clean HyperDriveRun.get_detailed_status HyperDriveRun.get_docs_url
HyperDriveRun.get_environment HyperDriveRun.get_snapshot_id HyperDriveRun.get_submitted_run HyperDriveRun.identity
HyperDriveRun.list_by_compute HyperDriveRun.portal_url HyperDriveRun.restore_snapshot HyperDriveRun.submit_child
HyperDriveRun.take_snapshot Image.add_properties Image.generated_dockerfile_uri Image.image_flavor
ImageBuildDetails.environment_client ImageBuildDetails.get_log ImageBuildDetails.log_url
InteractiveLoginAuthentication.signed_session Keyvault.delete_secret Keyvault.delete_secrets Keyvault.set_secret
Keyvault.set_secrets LivenessProbeRequirements.deserialize Model.add_dataset_references Model.get_sas_urls
MsiAuthentication.signed_session OutputFileDatasetConfig.arg_val OutputFileDatasetConfig.source
OutputTabularDatasetConfig.arg_val ParallelRunException.delay_seconds Pipeline.load_yaml Pipeline.service_endpoint
PipelineRun.DELIM PipelineRun.EXPERIMENT_ID_PATH PipelineRun.EXPERIMENT_NAME_PATH PipelineRun.RUN_PATH
PipelineRun.TID_FMT PipelineRun.WORKSPACE_FMT PipelineRun.add_type_provider PipelineRun.clean
PipelineRun.get_detailed_status PipelineRun.get_docs_url PipelineRun.get_environment PipelineRun.get_snapshot_id
PipelineRun.get_submitted_run PipelineRun.identity PipelineRun.list_by_compute PipelineRun.portal_url
PipelineRun.restore_snapshot PipelineRun.submit_child PipelineRun.take_snapshot PublishedPipeline.save
PublishedPipeline.service_endpoint PyTorch.DELIM PyTorch.identity RSection.bioconductor_packages RSection.cran_packages
RSection.custom_url_packages RSection.github_packages RSection.r_version RSection.rscript_path RSection.snapshot_date
RSection.user_managed RegisteredDataset.File RegisteredDataset.Tabular RegisteredDataset.data_changed_time
RegisteredDataset.download RegisteredDataset.filter RegisteredDataset.get_all RegisteredDataset.get_by_id
RegisteredDataset.get_by_name RegisteredDataset.get_partition_key_values RegisteredDataset.get_profile
RegisteredDataset.get_profile_runs RegisteredDataset.mount RegisteredDataset.submit_profile_run
RegisteredDataset.time_after RegisteredDataset.time_before RegisteredDataset.time_between RegisteredDataset.time_recent
RegisteredDataset.timestamp_columns RegisteredDataset.to_csv_files RegisteredDataset.to_dask_dataframe
RegisteredDataset.to_parquet_files RegisteredDataset.to_path RegisteredDataset.to_spark_dataframe
RegisteredFileDataset.File RegisteredFileDataset.Tabular RegisteredFileDataset.as_cache RegisteredFileDataset.as_hdfs
RegisteredFileDataset.data_changed_time RegisteredFileDataset.file_metadata RegisteredFileDataset.filter
RegisteredFileDataset.get_all RegisteredFileDataset.get_by_id RegisteredFileDataset.get_by_name
RegisteredFileDataset.get_partition_key_values RegisteredFileDataset.get_profile RegisteredFileDataset.get_profile_runs
RegisteredFileDataset.hydrate RegisteredFileDataset.submit_profile_run RegisteredFileDataset.time_after
RegisteredFileDataset.time_before RegisteredFileDataset.time_between RegisteredFileDataset.time_recent
RegisteredFileDataset.timestamp_columns RegisteredFileDataset.to_csv_files RegisteredFileDataset.to_dask_dataframe
RegisteredFileDataset.to_parquet_files RegisteredFileDataset.to_spark_dataframe Run.DELIM Run.EXPERIMENT_ID_PATH
Run.EXPERIMENT_NAME_PATH Run.RUN_PATH Run.TID_FMT Run.WORKSPACE_FMT Run.add_type_provider Run.clean
Run.get_detailed_status Run.get_docs_url Run.get_environment Run.get_snapshot_id Run.get_submitted_run Run.identity
Run.list_by_compute Run.portal_url Run.restore_snapshot Run.submit_child Run.take_snapshot SKLearn.DELIM
SKLearn.identity ScaleSettings.deserialize ScriptRun.DELIM ScriptRun.EXPERIMENT_ID_PATH ScriptRun.EXPERIMENT_NAME_PATH
ScriptRun.RUN_PATH ScriptRun.RUN_TYPE ScriptRun.TID_FMT ScriptRun.WORKSPACE_FMT ScriptRun.add_type_provider
ScriptRun.clean ScriptRun.get_detailed_status ScriptRun.get_docs_url ScriptRun.get_environment ScriptRun.get_snapshot_id
ScriptRun.get_submitted_run ScriptRun.identity ScriptRun.list_by_compute ScriptRun.portal_url ScriptRun.restore_snapshot
ScriptRun.submit_child ScriptRun.take_snapshot ScriptRunConfig.DELIM ScriptRunConfig.identity ScriptStepRun.DELIM
ScriptStepRun.EXPERIMENT_ID_PATH ScriptStepRun.EXPERIMENT_NAME_PATH ScriptStepRun.RUN_PATH ScriptStepRun.RUN_TYPE
ScriptStepRun.TID_FMT ScriptStepRun.WORKSPACE_FMT ScriptStepRun.add_type_provider ScriptStepRun.clean
ScriptStepRun.get_detailed_status ScriptStepRun.get_docs_url ScriptStepRun.get_environment ScriptStepRun.get_snapshot_id
ScriptStepRun.get_submitted_run ScriptStepRun.identity ScriptStepRun.list_by_compute ScriptStepRun.portal_url
ScriptStepRun.restore_snapshot ScriptStepRun.submit_child ScriptStepRun.take_snapshot
ServicePrincipalAuthentication.signed_session StepRun.DELIM StepRun.EXPERIMENT_ID_PATH StepRun.EXPERIMENT_NAME_PATH
StepRun.RUN_PATH StepRun.TID_FMT StepRun.WORKSPACE_FMT StepRun.add_type_provider StepRun.clean
StepRun.get_detailed_status StepRun.get_docs_url StepRun.get_environment StepRun.get_snapshot_id
StepRun.get_submitted_run StepRun.identity StepRun.list_by_compute StepRun.portal_url StepRun.restore_snapshot
StepRun.submit_child StepRun.take_snapshot TabularDataset.File TabularDataset.Tabular TabularDataset.add_tags
TabularDataset.data_changed_time TabularDataset.download TabularDataset.filter TabularDataset.get_all
TabularDataset.get_by_id TabularDataset.get_by_name TabularDataset.get_partition_key_values TabularDataset.get_profile
TabularDataset.get_profile_runs TabularDataset.mount TabularDataset.remove_tags TabularDataset.submit_profile_run
TabularDataset.time_after TabularDataset.time_before TabularDataset.time_between TabularDataset.time_recent
TabularDataset.timestamp_columns TabularDataset.to_csv_files TabularDataset.to_dask_dataframe
TabularDataset.to_parquet_files TabularDataset.to_path TabularDataset.to_spark_dataframe
TabularDataset.unregister_all_versions TabularDataset.update TabularDatasetFactory.from_sql_query
TabularDatasetFactory.register_dask_dataframe TabularDatasetFactory.register_spark_dataframe TensorFlow.DELIM
TensorFlow.identity TokenAuthentication.signed_session UnknownWebservice.update Webservice.update
Workspace.DEFAULT_CPU_CLUSTER_CONFIGURATION Workspace.DEFAULT_GPU_CLUSTER_CONFIGURATION Workspace.add_private_endpoint
Workspace.delete_connection Workspace.delete_private_endpoint_connection Workspace.diagnose_workspace
Workspace.discovery_url Workspace.get_connection Workspace.list_connections Workspace.list_keys
Workspace.service_context Workspace.set_connection Workspace.sync_keys Workspace.update Workspace.update_dependencies
"""
MEMBERS = frozenset(_MEMBERS.split())
"""Methods and properties that only say so, by their class."""

_ARGUMENTS = """
Estimator.custom_docker_image Estimator.distributed_training Estimator.resume_from Estimator.source_directory_data_store
HyperDriveConfig.pipeline HyperDriveConfig.resume_child_runs HyperDriveConfig.resume_from PipelineData.training_output
PythonScriptStep.runconfig_pipeline_params ScriptRunConfig.distributed_job_config ScriptRunConfig.resume_from
"""
ARGUMENTS = frozenset(_ARGUMENTS.split())
"""Arguments that are refused, by their class."""
